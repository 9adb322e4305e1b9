#include "batch/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "core/log.h"

namespace dms::batch {
namespace {

using enum Code;

// By status. ConditionNotMet is 412 for writes; a read whose condition is not met answers 304
// without a body, so its code is never seen.
// clang-format off
constexpr std::array rows{
    ErrorRow{"MissingRequiredHeader", 400, invalid_argument, "A required HTTP header was not specified."},
    ErrorRow{"MissingRequiredProperty", 400, invalid_argument, "A required property was not specified in the request body."},
    ErrorRow{"UnsupportedHeader", 400, invalid_argument, "One of the HTTP headers specified in the request is not supported."},
    ErrorRow{"UnsupportedProperty", 400, invalid_argument, "One of the properties specified in the request body is not supported."},
    ErrorRow{"InvalidHeaderValue", 400, invalid_argument, "The value provided for one of the HTTP headers was not in the correct format."},
    ErrorRow{"InvalidPropertyValue", 400, invalid_argument, "The value provided for one of the properties in the request body is invalid."},
    ErrorRow{"MissingRequiredQueryParameter", 400, invalid_argument, "A query parameter that's mandatory for this request is not specified."},
    ErrorRow{"UnsupportedQueryParameter", 400, invalid_argument, "One of the query parameters in the request URI is not supported."},
    ErrorRow{"InvalidQueryParameterValue", 400, invalid_argument, "Value for one of the query parameters specified in the request URI is invalid."},
    ErrorRow{"OutOfRangeQueryParameterValue", 400, invalid_argument, "A query parameter specified in the request URI is outside the permissible range."},
    ErrorRow{"RequestUrlFailedToParse", 400, invalid_argument, "The URL in the request could not be parsed."},
    ErrorRow{"InvalidUri", 400, invalid_argument, "The requested URI does not represent any resource on the server."},
    ErrorRow{"InvalidHttpVerb", 400, invalid_argument, "The HTTP verb specified was not recognized by the server."},
    ErrorRow{"EmptyMetadataKey", 400, invalid_argument, "The key for one of the metadata key-value pairs is empty."},
    ErrorRow{"InvalidRequestBody", 400, invalid_argument, "The specified request body is not syntactically valid."},
    ErrorRow{"OutOfRangeInput", 400, invalid_argument, "One of the request inputs is out of range."},
    ErrorRow{"OutOfRangePriority", 400, invalid_argument, "The specified priority is out of range. It must be between -1000 and 1000."},
    ErrorRow{"InvalidConstraintValue", 400, invalid_argument, "The value provided for one of the constraints is invalid."},
    ErrorRow{"InvalidAuthenticationInfo", 400, permission, "The authentication information was not provided in the correct format. Verify the value of the Authorization header."},
    ErrorRow{"InvalidInput", 400, invalid_argument, "One of the request inputs is not valid."},
    ErrorRow{"InvalidMetadata", 400, invalid_argument, "The specified metadata is invalid. It includes characters that are not permitted."},
    ErrorRow{"MetadataTooLarge", 400, invalid_argument, "The size of the specified metadata exceeds the maximum size permitted."},
    ErrorRow{"MultipleConditionHeadersNotSupported", 400, invalid_argument, "Multiple condition headers are not supported."},
    ErrorRow{"UnsupportedRequestVersion", 400, invalid_argument, "The API version specified in the request is not supported."},
    ErrorRow{"InvalidAutoScalingSettings", 400, invalid_argument, "The specified autoscale settings are invalid."},
    ErrorRow{"AutoScalingFormulaSyntaxError", 400, invalid_argument, "The specified autoscale formula has a syntax error."},
    ErrorRow{"AutoScaleFormulaTooLong", 400, invalid_argument, "The specified autoscale formula is too long. It must not exceed 8192 characters."},
    ErrorRow{"TaskDependenciesNotSpecifiedOnJob", 400, invalid_argument, "The task depends on other tasks, but the job does not have usesTaskDependencies set to true."},
    ErrorRow{"TaskDependencyListTooLong", 400, invalid_argument, "The list of task ids that the task depends on is too long."},
    ErrorRow{"TaskDependencyRangesTooLong", 400, invalid_argument, "The list of task id ranges that the task depends on is too long."},
    ErrorRow{"InvalidCertificateReferences", 400, invalid_argument, "One or more of the specified certificates do not exist in the account."},
    ErrorRow{"OSVersionNotFound", 400, invalid_argument, "The specified operating system version does not exist."},
    ErrorRow{"OSVersionExpired", 400, invalid_argument, "The specified operating system version has expired."},
    ErrorRow{"OSVersionDisabled", 400, invalid_argument, "The specified operating system version is disabled."},
    ErrorRow{"PoolVersionEqualsUpgradeVersion", 400, invalid_argument, "The pool already has the operating system version it is to be upgraded to."},

    ErrorRow{"AuthenticationFailed", 403, permission, "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature."},
    ErrorRow{"InsufficientAccountPermissions", 403, permission, "The account being accessed does not have sufficient permissions to execute this operation."},
    ErrorRow{"AccountIsDisabled", 403, permission, "The specified account is disabled."},
    ErrorRow{"Forbidden", 403, permission, "The request is not permitted for this account."},
    ErrorRow{"IOError", 403, unavailable, "An input or output error occurred while the request was carried out."},

    ErrorRow{"ResourceNotFound", 404, not_found, "The specified resource does not exist."},
    ErrorRow{"PoolNotFound", 404, not_found, "The specified pool does not exist."},
    ErrorRow{"NodeNotFound", 404, not_found, "The specified node does not exist."},
    ErrorRow{"JobScheduleNotFound", 404, not_found, "The specified job schedule does not exist."},
    ErrorRow{"JobNotFound", 404, not_found, "The specified job does not exist."},
    ErrorRow{"TaskNotFound", 404, not_found, "The specified task does not exist."},
    ErrorRow{"FileNotFound", 404, not_found, "The specified file does not exist."},
    ErrorRow{"PathNotFound", 404, not_found, "The specified path does not exist."},
    ErrorRow{"NodeUserNotFound", 404, not_found, "The specified node user does not exist."},
    ErrorRow{"CertificateNotFound", 404, not_found, "The specified certificate does not exist."},
    ErrorRow{"JobPreparationTaskNotRunOnNode", 404, not_found, "The job preparation task has not run on the specified node."},
    ErrorRow{"JobReleaseTaskNotRunOnNode", 404, not_found, "The job release task has not run on the specified node."},
    ErrorRow{"NodeAgentSKUNotFound", 404, not_found, "The specified node agent SKU does not exist."},
    ErrorRow{"ApplicationNotFound", 404, not_found, "The specified application does not exist."},

    ErrorRow{"UnsupportedHttpVerb", 405, invalid_argument, "The resource doesn't support the specified HTTP verb."},

    ErrorRow{"OperationInvalidForCurrentState", 409, conflict, "The specified operation is not valid for the current state of the resource."},
    ErrorRow{"PoolBeingDeleted", 409, conflict, "The specified pool has been marked for deletion."},
    ErrorRow{"PoolBeingResized", 409, conflict, "The specified pool is being resized."},
    ErrorRow{"PoolBeingCreated", 409, conflict, "The specified pool is being created."},
    ErrorRow{"NodeBeingCreated", 409, conflict, "The specified node is being created."},
    ErrorRow{"NodeBeingStarted", 409, conflict, "The specified node is being started."},
    ErrorRow{"NodeBeingReimaged", 409, conflict, "The specified node is being reimaged."},
    ErrorRow{"NodeBeingRebooted", 409, conflict, "The specified node is being rebooted."},
    ErrorRow{"NodeNotReady", 409, conflict, "The specified node is not ready for this operation."},
    ErrorRow{"NodeStateUnusable", 409, conflict, "The specified node is unusable."},
    ErrorRow{"NodeAlreadyInTargetSchedulingState", 409, conflict, "The specified node is already in the target scheduling state."},
    ErrorRow{"OperationNotValidOnNode", 409, conflict, "The specified operation is not valid on the node."},
    ErrorRow{"OperationNotValidOnPool", 409, conflict, "The specified operation is not valid on the pool."},
    ErrorRow{"JobScheduleBeingTerminated", 409, conflict, "The specified job schedule is being terminated."},
    ErrorRow{"JobScheduleBeingDeleted", 409, conflict, "The specified job schedule has been marked for deletion."},
    ErrorRow{"JobScheduleDisabled", 409, conflict, "The specified job schedule is disabled."},
    ErrorRow{"JobScheduleCompleted", 409, conflict, "The specified job schedule is completed."},
    ErrorRow{"CertificateBeingDeleted", 409, conflict, "The specified certificate has been marked for deletion."},
    ErrorRow{"CertificateStateActive", 409, conflict, "The specified certificate is active, so its deletion cannot be cancelled."},
    ErrorRow{"PoolExists", 409, already_exists, "The specified pool already exists."},
    ErrorRow{"JobScheduleExists", 409, already_exists, "The specified job schedule already exists."},
    ErrorRow{"NodeUserExists", 409, already_exists, "The specified node user already exists."},
    ErrorRow{"JobExists", 409, already_exists, "The specified job already exists."},
    ErrorRow{"CertificateExists", 409, already_exists, "The specified certificate already exists."},
    ErrorRow{"JobBeingTerminated", 409, conflict, "The specified job is being terminated."},
    ErrorRow{"JobBeingDeleted", 409, conflict, "The specified job has been marked for deletion."},
    ErrorRow{"JobDisabled", 409, conflict, "The specified job is disabled."},
    ErrorRow{"JobCompleted", 409, conflict, "The specified job is in a completed state."},
    ErrorRow{"JobNotActive", 409, conflict, "The specified job is not active."},
    ErrorRow{"TaskExists", 409, already_exists, "The specified task already exists."},
    ErrorRow{"TaskCompleted", 409, conflict, "The specified task is already completed."},
    ErrorRow{"TaskNotCompleted", 409, conflict, "The specified task is not completed."},
    ErrorRow{"TaskSucceeded", 409, conflict, "The specified task completed successfully, so it cannot be reactivated."},
    ErrorRow{"TaskFilesUnavailable", 409, conflict, "The task files are unavailable because the node they are on cannot be reached."},
    ErrorRow{"TaskFilesCleanedup", 409, not_found, "The files of the specified task have been cleaned up."},
    ErrorRow{"ActiveJobAndScheduleQuotaReached", 409, exhausted, "The active job and job schedule quota for the account has been reached."},
    ErrorRow{"PoolQuotaReached", 409, exhausted, "The pool quota for the account has been reached."},
    ErrorRow{"JobPreparationTaskNotSpecified", 409, conflict, "The specified job has no job preparation task."},
    ErrorRow{"JobPreparationTaskOrReleaseTaskNotSpecified", 409, conflict, "The specified job has neither a job preparation task nor a job release task."},
    ErrorRow{"JobReleaseTaskNotSpecified", 409, conflict, "The specified job has no job release task."},
    ErrorRow{"TaskIdSameAsJobPreparationTask", 409, invalid_argument, "The task id is the same as that of the job preparation task."},
    ErrorRow{"TaskIdSameAsJobReleaseTask", 409, invalid_argument, "The task id is the same as that of the job release task."},
    ErrorRow{"JobWithSameIdExists", 409, already_exists, "A job with the specified id already exists."},
    ErrorRow{"JobScheduleWithSameIdExists", 409, already_exists, "A job schedule with the specified id already exists."},
    ErrorRow{"InvalidRestAPIForAccountSetting", 409, invalid_argument, "The specified operation is not available with the settings of this account."},
    ErrorRow{"InvalidApplicationPackageReferences", 409, invalid_argument, "One or more of the specified application packages do not exist."},

    ErrorRow{"MissingContentLengthHeader", 411, invalid_argument, "The Content-Length header was not specified."},
    ErrorRow{"ConditionNotMet", 412, conflict, "The condition specified using HTTP conditional header(s) is not met."},
    ErrorRow{"RequestBodyTooLarge", 413, invalid_argument, "The request body is too large and exceeds the maximum permissible limit."},
    ErrorRow{"InvalidRange", 416, invalid_argument, "The range specified is invalid for the current size of the file."},
    ErrorRow{"TooManyRequests", 429, unavailable, "Too many requests have been received in a short time. Please retry after some time."},

    ErrorRow{"InternalError", 500, unavailable, "Server encountered an internal error. Please try again after some time."},
    ErrorRow{"OperationTimedOut", 500, timeout, "Operation could not be completed within the specified time."},
    ErrorRow{"NotImplemented", 501, invalid_argument, "The requested operation is not implemented."},
    ErrorRow{"ServerBusy", 503, unavailable, "Server is busy. Please try again after some time."},
    ErrorRow{"TooManyEnableAutoScaleRequests", 503, unavailable, "Too many requests to enable autoscale have been received in a short time. Please retry after some time."},
};
// clang-format on

constexpr bool codes_are_unique() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = i + 1; j < rows.size(); ++j)
      if (rows[i].code == rows[j].code) return false;
  return true;
}
static_assert(codes_are_unique());

// For answers whose code the table does not know, or that bear none.
Code meaning_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407: return permission;
    case 404:
    case 410: return not_found;
    case 408:
    case 504: return timeout;
    case 304:
    case 409:
    case 412: return conflict;
    case 429: return unavailable;
    case 501: return invalid_argument;
    default: break;
  }
  if (status >= 500) return unavailable;
  return status >= 400 ? invalid_argument : internal;
}

// The first line, without a final period, and no longer than an error message can bear.
std::string_view first_line(std::string_view text) {
  constexpr std::size_t longest = 500;
  text = text.substr(0, std::min({text.find_first_of("\r\n"), text.size(), longest}));
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

std::string describe(const ErrorBody& body) {
  std::string text = body.code;
  if (body.message && !body.message->value.empty())
    text.append(": ").append(first_line(body.message->value));
  std::string_view before = " (";
  for (const auto& [key, value] : body.values) {
    text.append(fmt::format("{}{}: {}", before, key, first_line(value)));
    before = ", ";
  }
  return body.values.empty() ? text : text + ")";
}

}  // namespace

std::span<const ErrorRow> all_errors() { return rows; }

const ErrorRow* find_error(std::string_view code) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const ErrorRow& candidate) { return candidate.code == code; });
  return row == rows.end() ? nullptr : &*row;
}

Error batch_error(std::string_view code, std::string_view detail) {
  const ErrorRow* row = find_error(code);
  assert(row && "batch_error needs a code of the table");
  if (!row) row = find_error("InternalError");
  Error error = fail(row->meaning, std::string(row->message));
  if (!detail.empty()) error.message.append(" ").append(detail);
  error.http_status = row->http_status;
  error.service_code = row->code;
  return error;
}

// "networkConfiguration.natPools[2].name" ends in "name", "nodeList[2]" in "nodeList".
static std::string_view last_name(std::string_view path) {
  path.remove_prefix(path.rfind('.') + 1);
  return path.substr(0, path.find('['));
}

Error property_error(std::string_view code, std::string_view path, std::string_view value,
                     std::string_view reason) {
  const std::string shown = redact(value);
  Error error =
      batch_error(code, value.empty() ? fmt::format("{}: {}", path, reason)
                                      : fmt::format("{} is '{}': {}", path, shown, reason));
  error.details = {{"PropertyName", std::string(last_name(path))},
                   {"PropertyValue", shown},
                   {"Reason", std::string(reason)}};
  return error;
}

Error invalid_property(std::string_view path, std::string_view value, std::string_view reason) {
  return property_error("InvalidPropertyValue", path, value, reason);
}

ErrorBody body_of_error(const Error& error, std::string_view trailer) {
  ErrorBody body;
  body.code = error.service_code.empty() ? "InternalError" : error.service_code;
  body.message = ErrorMessage{"en-US", error.message + std::string(trailer)};
  for (const auto& [key, value] : error.details) body.values.push_back({key, value});
  return body;
}

Error error_of_body(const ErrorBody& body, int http_status) {
  const ErrorRow* row = find_error(body.code);
  if (http_status == 0 && row) http_status = row->http_status;
  Error error = fail(row ? row->meaning : meaning_of_status(http_status), redact(describe(body)));
  error.http_status = http_status;
  error.service_code = body.code;
  for (const auto& [key, value] : body.values) error.details.push_back({key, redact(value)});
  return error;
}

Error error_of_response(const Response& response) {
  const auto body = decode<ErrorBody>(response.body);
  Error error;
  if (body && !body->code.empty()) {
    error = error_of_body(*body, response.status);
  } else {
    std::string message = fmt::format("HTTP status {}", response.status);
    const std::string_view line = first_line(response.body);
    if (!line.empty()) message.append(": ").append(line);
    error = fail(meaning_of_status(response.status), redact(message));
    error.http_status = response.status;
  }
  error.request_id = response.headers.get("request-id");
  return error;
}

}  // namespace dms::batch
