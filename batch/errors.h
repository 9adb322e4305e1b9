// The errors of the Batch service: code, HTTP status and message, one table for both ends.
//
// Source: Azure Batch REST reference, "Batch status and error codes". Thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "batch/wire_common.h"
#include "core/http.h"
#include "core/result.h"

namespace dms::batch {

struct ErrorRow {
  std::string_view code;  // "PoolNotFound"
  int http_status;
  Code meaning;              // what it is to this program
  std::string_view message;  // what the service says, without request id and time
};

// The whole table. Each code stands in it once.
std::span<const ErrorRow> all_errors();

// The row of a code, or null for one that the table does not know.
const ErrorRow* find_error(std::string_view code);

// An Error of the table, for the service's side: the row's message and, when there is one, a blank
// and `detail`.
// Requires: the table has `code`.
Error batch_error(std::string_view code, std::string_view detail = {});

// An Error about one property of a request's body: the row's message, then "<path> is '<value>':
// <reason>" (or "<path>: <reason>" without a value), and the details that the service gives
// programs: PropertyName (the last name of the path), PropertyValue and Reason, without secrets.
// Requires: the table has `code`.
Error property_error(std::string_view code, std::string_view path, std::string_view value,
                     std::string_view reason);

// property_error of InvalidPropertyValue: the usual one.
Error invalid_property(std::string_view path, std::string_view value, std::string_view reason);

// An error as the body of an answer (BatchError), its message ended by `trailer`.
ErrorBody body_of_error(const Error& error, std::string_view trailer = {});

// The Error that an answer's status and body (BatchError JSON, or anything else) stand for, for the
// client's side. The message holds the service's code, its first line and its values, without
// secrets, the details hold the values; request_id is the service's.
Error error_of_response(const Response& response);

// The same for an error inside of an answer, as addtaskcollection gives one per task. A status of 0
// is replaced by the table's.
Error error_of_body(const ErrorBody& body, int http_status = 0);

}  // namespace dms::batch
