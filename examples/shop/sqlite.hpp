// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

/// SQLite's C interface with owners: connections, prepared statements, transactions, and a pool of
/// connections. All of it blocks: call it from plain handlers, or in to_thread.
namespace shop::sqlite {

struct Error : std::runtime_error {
  Error(int extended_code, const std::string& message)
      : std::runtime_error(message), code(extended_code) {}
  int code;
};
/// Another connection wrote for longer than we wait.
struct BusyError : Error {
  using Error::Error;
};
/// What a UNIQUE forbids.
struct UniqueError : Error {
  using Error::Error;
};

/// What a query gives, row by row. It keeps its statement, which no other query can use meanwhile.
class Rows {
 public:
  explicit Rows(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows();

  /// Goes to the first row, or the next; false behind the last. Throws Error.
  bool next();
  /// A column of this row, from 0: int, std::int64_t, bool, double, std::string, or an optional of
  /// one, which NULL leaves empty.
  template <class T>
  T get(int column) const {
    T value{};
    read(column, value);
    return value;
  }

 private:
  bool is_null(int column) const noexcept;
  void read(int column, int& value) const noexcept;
  void read(int column, std::int64_t& value) const noexcept;
  void read(int column, bool& value) const noexcept;
  void read(int column, double& value) const noexcept;
  void read(int column, std::string& value) const;
  template <class T>
  void read(int column, std::optional<T>& value) const {
    if (!is_null(column)) read(column, value.emplace());
  }

  sqlite3_stmt* statement_;
};

/// Used by one thread at a time.
class Connection {
 public:
  /// Makes the file where there is none. Throws Error.
  explicit Connection(const std::string& file);

  /// Values take the place of ?1, ?2...: never put one into the text. A statement is prepared once
  /// and kept.
  template <class... V>
  Rows query(std::string_view sql, const V&... values) {
    sqlite3_stmt* statement = prepare(sql);
    [[maybe_unused]] int index = 0;
    (bind(statement, ++index, values), ...);
    return Rows(statement);
  }
  /// Of a statement whose rows are of no interest: how many it changed.
  template <class... V>
  int execute(std::string_view sql, const V&... values) {
    {
      Rows rows = query(sql, values...);
      while (rows.next()) {
      }
    }
    return change_count();
  }
  /// The id of the row that it adds.
  template <class... V>
  std::int64_t insert(std::string_view sql, const V&... values) {
    execute(sql, values...);
    return last_id();
  }
  /// Several statements without values.
  void run_script(const char* sql);

 private:
  struct CloseConnection {
    void operator()(sqlite3* connection) const noexcept;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  sqlite3_stmt* prepare(std::string_view sql);
  int change_count() const noexcept;
  std::int64_t last_id() const noexcept;
  static void bind(sqlite3_stmt* statement, int index, std::int64_t value);
  static void bind(sqlite3_stmt* statement, int index, double value);
  static void bind(sqlite3_stmt* statement, int index, std::string_view value);
  static void bind(sqlite3_stmt* statement, int index, std::nullopt_t);
  static void bind(sqlite3_stmt* statement, int index, int value) {
    bind(statement, index, std::int64_t{value});
  }
  template <class T>
  static void bind(sqlite3_stmt* statement, int index, const std::optional<T>& value) {
    if (value)
      bind(statement, index, *value);
    else
      bind(statement, index, std::nullopt);
  }

  std::unique_ptr<sqlite3, CloseConnection> connection_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, FinalizeStatement>, std::less<>> statements_;
};

/// All or nothing: what is not committed is undone where this goes. It takes the right to write at
/// its begin, so that what it read is still so when it writes.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(&connection) {
    connection.execute("BEGIN IMMEDIATE");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Connection* connection_;
};

/// Connections to one file, as many as there are threads that use one at the same time. Any thread.
class ConnectionPool {
 public:
  explicit ConnectionPool(std::string file) : file_(std::move(file)) {}

  /// A connection on loan; it goes back where this goes.
  class Lease {
   public:
    Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection) noexcept
        : pool_(pool), connection_(std::move(connection)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    Connection& operator*() const noexcept { return *connection_; }
    Connection* operator->() const noexcept { return connection_.get(); }

   private:
    ConnectionPool& pool_;
    std::unique_ptr<Connection> connection_;
  };
  Lease borrow();

 private:
  const std::string file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t made_ = 0;
};

}  // namespace shop::sqlite
