// SPDX-License-Identifier: MIT
#include "sqlite.hpp"

#include <sqlite3.h>

#include <cstddef>

namespace shop::sqlite {
namespace {

constexpr int kBusyTimeout = 5000;  // milliseconds

[[noreturn]] void fail(sqlite3* connection) {
  const int code = sqlite3_extended_errcode(connection);
  const std::string message = sqlite3_errmsg(connection);
  if ((code & 0xff) == SQLITE_BUSY) throw BusyError(code, message);
  if (code == SQLITE_CONSTRAINT_UNIQUE) throw UniqueError(code, message);
  throw Error(code, message);
}

void check(sqlite3* connection, int result) {
  if (result != SQLITE_OK) fail(connection);
}
void check(sqlite3_stmt* statement, int result) { check(sqlite3_db_handle(statement), result); }

}  // namespace

// ---------------------------------------------------------------- Rows

Rows::~Rows() {
  // What the last step failed with was thrown by `next`, and is told here once more.
  static_cast<void>(sqlite3_reset(statement_));
  static_cast<void>(sqlite3_clear_bindings(statement_));
}

bool Rows::next() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) fail(sqlite3_db_handle(statement_));
  return false;
}

bool Rows::is_null(int column) const noexcept {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
void Rows::read(int column, int& value) const noexcept {
  value = sqlite3_column_int(statement_, column);
}
void Rows::read(int column, std::int64_t& value) const noexcept {
  value = sqlite3_column_int64(statement_, column);
}
void Rows::read(int column, bool& value) const noexcept {
  value = sqlite3_column_int(statement_, column) != 0;
}
void Rows::read(int column, double& value) const noexcept {
  value = sqlite3_column_double(statement_, column);
}
void Rows::read(int column, std::string& value) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  value.assign(bytes ? bytes : "",
               static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

// ---------------------------------------------------------------- Connection

void Connection::CloseConnection::operator()(sqlite3* connection) const noexcept {
  static_cast<void>(sqlite3_close_v2(connection));
}
void Connection::FinalizeStatement::operator()(sqlite3_stmt* statement) const noexcept {
  static_cast<void>(sqlite3_finalize(statement));
}

Connection::Connection(const std::string& file) {
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(file.c_str(), &connection, flags, nullptr);
  connection_.reset(connection);  // to be closed even where it could not be opened
  if (result != SQLITE_OK) throw Error(result, file + ": " + sqlite3_errstr(result));
  check(connection, sqlite3_busy_timeout(connection, kBusyTimeout));
  // Readers and one writer do not wait for each other. With a log, "normal" loses no commit that a
  // crashed process has made.
  run_script("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
}

void Connection::run_script(const char* sql) {
  check(connection_.get(), sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr));
}

sqlite3_stmt* Connection::prepare(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) {
    if (sqlite3_stmt_busy(found->second.get())) {
      throw std::logic_error("a query's rows are read while it is asked again: " + found->first);
    }
    return found->second.get();
  }
  sqlite3_stmt* statement = nullptr;
  check(connection_.get(),
        sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  statements_.emplace(sql, statement);
  return statement;
}

int Connection::change_count() const noexcept { return sqlite3_changes(connection_.get()); }
std::int64_t Connection::last_id() const noexcept {
  return sqlite3_last_insert_rowid(connection_.get());
}

void Connection::bind(sqlite3_stmt* statement, int index, std::int64_t value) {
  check(statement, sqlite3_bind_int64(statement, index, value));
}
void Connection::bind(sqlite3_stmt* statement, int index, double value) {
  check(statement, sqlite3_bind_double(statement, index, value));
}
void Connection::bind(sqlite3_stmt* statement, int index, std::string_view value) {
  // Copied, for the rows may be read when the value is gone.
  check(statement, sqlite3_bind_text(statement, index, value.data(), static_cast<int>(value.size()),
                                     SQLITE_TRANSIENT));
}
void Connection::bind(sqlite3_stmt* statement, int index, std::nullopt_t) {
  check(statement, sqlite3_bind_null(statement, index));
}

// ---------------------------------------------------------------- Transaction

Transaction::~Transaction() {
  if (!connection_) return;
  try {
    connection_->execute("ROLLBACK");
  } catch (const Error&) {  // SQLite has rolled back itself
  }
}

void Transaction::commit() {
  connection_->execute("COMMIT");
  connection_ = nullptr;
}

// ---------------------------------------------------------------- ConnectionPool

ConnectionPool::Lease ConnectionPool::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(connection)};
    }
    idle_.reserve(++made_);  // so that giving one back never fails
  }
  return {*this, std::make_unique<Connection>(file_)};
}

ConnectionPool::Lease::~Lease() {
  const std::lock_guard lock(pool_.mutex_);
  pool_.idle_.push_back(std::move(connection_));
}

}  // namespace shop::sqlite
