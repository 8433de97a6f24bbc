// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "../loop/file.hpp"
#include "form_data.hpp"
#include "parameters.hpp"

namespace capricorn {

namespace detail {

/// One field of a form as a handler or a model wants it.
struct FormField {
  std::string_view name;
  const TypeInfo& type;
  std::span<const FieldConstraint> constraints;
  bool required;
};
/// Reads it into the value at `value`. As in FastAPI a field without text was not filled in. False
/// where it is required and missing, which the caller notes.
bool read_form_field(const FormData& form, const FormField& field, void* value, const LocPath& loc,
                     ValidationErrors& errors);
void read_form_model(const FormData& form, const TypeInfo& type, Extra extra, void* value,
                     ValidationErrors& errors);

bool is_filled_in(const FormData::Item& item) noexcept;
bool read_file(const FormData::Item& item, UploadFile& file, const LocPath& loc,
               ValidationErrors& errors);
/// The bytes of a file that was loaded, or a text.
bool read_file(const FormData::Item& item, std::string& bytes, const LocPath& loc,
               ValidationErrors& errors);
/// Loads the files of those names into memory. The form and the names outlive it.
Task<> load_files(const FormData& form, std::span<const std::string_view> names);

template <class T>
inline constexpr bool is_form_file =
    std::is_same_v<T, UploadFile> || std::is_same_v<T, std::string>;
template <class T>
inline constexpr bool is_form_file<std::optional<T>> = is_form_file<T>;
template <class T, class A>
inline constexpr bool is_form_file<std::vector<T, A>> = is_form_file<T>;
template <class T>
struct FileElement {
  using Type = T;
};
template <class T>
struct FileElement<std::optional<T>> : FileElement<T> {};
template <class T, class A>
struct FileElement<std::vector<T, A>> : FileElement<T> {};

}  // namespace detail

/// A field of a form, multipart or URL-encoded: `Form<std::string, "username">`. Required, unless
/// it has a `Default{}` or is an optional or a vector; without text it counts as missing. Fields of
/// one name are the elements of a vector, set, array or tuple.
template <class T, FixedString name = "", auto... options>
class Form : public detail::Parameter<T, Field<T, options...>> {
  static_assert(detail::is_text_value<T> || detail::is_text_list<T>,
                "Form<> reads a number, bool, std::string or enum, an optional of one, or a "
                "vector of them; a file is a File<>");
  static constexpr FieldMetadata kMetadata = detail::Options<options...>::kMetadata;

 public:
  static constexpr ParameterPlace kPlace = ParameterPlace::kBody;
  static constexpr std::string_view kName = kMetadata.alias.empty() ? name.view() : kMetadata.alias;
  static constexpr ParameterInfo kInfo{ParameterPlace::kForm, kName,
                                       &detail::Table<Field<T, options...>>::kValue,
                                       detail::is_required<T, options...>};
  void extract(Request& request, ValidationErrors& errors) {
    const detail::FormField field{kName, type_info<T>(), kInfo.field->constraints, kInfo.required};
    const LocPath body{nullptr, "body"};
    const LocPath loc{&body, kName};
    if (!detail::read_form_field(*request.loaded_form(), field, &this->value_, loc, errors)) {
      errors.push_back(missing_error(loc.items()));
    }
  }
};

/// The whole form as a model, a field for each member: `Form<Login>`.
template <class T, auto... options>
class Form<T, FixedString(""), options...> : public detail::Parameter<T, T> {
  static_assert(ModelType<T>, "a Form<> without a name reads the form into a model: Form<Login>");
  static_assert(detail::is_group<T>(),
                "the members of a model in a query, headers, cookies or a form are numbers, bools, "
                "std::strings, enums, optionals or vectors of them: no models");

 public:
  static constexpr ParameterPlace kPlace = ParameterPlace::kBody;
  static constexpr ParameterInfo kInfo{ParameterPlace::kForm, {}, &detail::Table<T>::kValue};

  void extract(Request& request, ValidationErrors& errors) {
    detail::read_form_model(*request.loaded_form(), type_info<T>(),
                            detail::Options<options...>::kMetadata.extra, &this->value_, errors);
  }
};

/// A file of a form: `File<UploadFile, "photo">`, or all of its bytes in memory,
/// `File<std::string, "photo">`. Required, unless it is an optional or a vector (all files of
/// that name). What describes it stands behind the name: `Description{"A portrait"}`.
template <class T, FixedString name, auto... options>
class File {
  static_assert(detail::is_form_file<T>,
                "File<> gives an UploadFile, or its bytes as a std::string, an optional of one, "
                "or a vector of them");
  static_assert(!name.view().empty(), "a File<> has a name: File<UploadFile, \"photo\">");
  static_assert((detail::MetadataOption<std::remove_cvref_t<decltype(options)>> && ...),
                "an option of a File<> is what describes it: Alias, Title, Description, "
                "Deprecated, MediaType, or Required");
  static_assert(!std::is_same_v<T, UploadFile> || detail::is_required<T, options...>,
                "a file that may be missing is a File<std::optional<UploadFile>>: there is no "
                "UploadFile without a file");
  static constexpr const FieldMetadata& kMetadata = detail::Options<options...>::kMetadata;

 public:
  static constexpr ParameterPlace kPlace = ParameterPlace::kBody;
  static constexpr std::string_view kName = kMetadata.alias.empty() ? name.view() : kMetadata.alias;
  static constexpr ParameterInfo kInfo = {.place = ParameterPlace::kFile,
                                          .name = kName,
                                          .required = detail::is_required<T, options...>,
                                          .many = detail::is_vector<T>,
                                          .metadata = &kMetadata};
  using value_type = T;

  T& operator*() noexcept { return value_; }
  const T& operator*() const noexcept { return value_; }
  T* operator->() noexcept { return &value_; }
  const T* operator->() const noexcept { return &value_; }

  void extract(Request& request, ValidationErrors& errors) {
    const FormData& form = *request.loaded_form();
    const LocPath body{nullptr, "body"};
    const LocPath loc{&body, kName};
    if constexpr (detail::is_vector<T>) {
      std::int64_t index = 0;
      for (const FormData::Item& item : form) {
        if (item.name != kName) continue;
        const LocPath at{&loc, {}, index++};
        detail::read_file(item, value_.emplace_back(), at, errors);
      }
      if (index == 0 && kInfo.required) errors.push_back(missing_error(loc.items()));
    } else {
      const FormData::Item* item = form.find(kName);
      const bool given = item && detail::is_filled_in(*item);
      if constexpr (detail::is_optional<T>) {
        if (given) {
          detail::read_file(*item, value_.emplace(), loc, errors);
          return;
        }
      } else if (given) {
        detail::read_file(*item, value_, loc, errors);
        return;
      }
      if (kInfo.required) {
        errors.push_back(missing_error(loc.items()));
      }
    }
  }

 private:
  T value_{};
};

template <class T>
inline constexpr bool is_form_parameter = false;
template <class T, FixedString name, auto... options>
inline constexpr bool is_form_parameter<Form<T, name, options...>> = true;
template <class T, FixedString name, auto... options>
inline constexpr bool is_form_parameter<File<T, name, options...>> = true;

namespace detail {

// The name of a file whose bytes a handler takes; they are read before it is called.
template <class T>
inline constexpr bool needs_loaded_file = false;
template <class T, FixedString name, auto... options>
inline constexpr bool needs_loaded_file<File<T, name, options...>> =
    std::is_same_v<typename FileElement<T>::Type, std::string>;
template <class T, bool needed = needs_loaded_file<T>>
inline constexpr std::string_view loaded_file_name = {};
template <class T>
inline constexpr std::string_view loaded_file_name<T, true> = T::kName;

}  // namespace detail

}  // namespace capricorn
