// The Blob service's error codes: one table for the service that answers them and for the client
// that acts on them.
//
// Source: Blob service error codes and common REST API error codes, Storage REST reference.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace dms::blob {

struct ErrorRow {
  std::string_view service_code;  // the word on the wire
  int http_status;
  Code code;                 // what it means to a caller
  std::string_view message;  // as the service words it
};

// The row of a code, or null for a code that is not in the table.
const ErrorRow* find_error(std::string_view service_code);

// The error of a row: its code, status and service_code, and `message` or else the row's.
// Requires: the code is in the table.
Error blob_error(std::string_view service_code, std::string message = {});

// What a failed answer means: the row's code when the table knows the word, else the class of the
// HTTP status.
Code code_of_answer(int http_status, std::string_view service_code);

}  // namespace dms::blob
