// Refusals that the checks of several objects share.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "batch/errors.h"
#include "core/fields.h"

namespace dms::service {

inline Error not_here(std::string_view path) {
  return batch::property_error("UnsupportedProperty", path, {},
                               "it is not supported by the local service");
}

inline Error missing_property(std::string_view path) {
  return batch::property_error("MissingRequiredProperty", path, {}, "it is missing");
}

// A member that the wire keeps as text and that has few words, read without regard to case.
inline Status check_word(std::string_view path, const std::optional<std::string>& value,
                         std::initializer_list<std::string_view> allowed) {
  if (!value) return ok();
  std::string choice;
  for (const std::string_view one : allowed) {
    if (equal_ignoring_case(*value, one)) return ok();
    choice.append(choice.empty() ? "" : ", ").append(one);
  }
  return batch::invalid_property(path, *value, "it must be one of " + choice);
}

}  // namespace dms::service
