#include "blob/errors.h"

#include <array>

namespace dms::blob {
namespace {

// clang-format off
constexpr std::array rows{
    ErrorRow{"AuthenticationFailed", 403, Code::permission, "Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature."},
    ErrorRow{"AuthorizationFailure", 403, Code::permission, "This request is not authorized to perform this operation."},
    ErrorRow{"AuthorizationPermissionMismatch", 403, Code::permission, "This request is not authorized to perform this operation using this permission."},
    ErrorRow{"AuthorizationProtocolMismatch", 403, Code::permission, "This request is not authorized to perform this operation using this protocol."},
    ErrorRow{"AuthorizationResourceTypeMismatch", 403, Code::permission, "This request is not authorized to perform this operation using this resource type."},
    ErrorRow{"AuthorizationServiceMismatch", 403, Code::permission, "This request is not authorized to perform this operation using this service."},
    ErrorRow{"AuthorizationSourceIPMismatch", 403, Code::permission, "This request is not authorized to perform this operation using this source IP."},
    ErrorRow{"InsufficientAccountPermissions", 403, Code::permission, "The account being accessed does not have sufficient permissions to execute this operation."},
    ErrorRow{"AccountIsDisabled", 403, Code::permission, "The specified account is disabled."},
    ErrorRow{"InvalidAuthenticationInfo", 400, Code::permission, "Authentication information is not given in the correct format. Check the value of the Authorization header."},
    ErrorRow{"NoAuthenticationInformation", 401, Code::permission, "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."},
    ErrorRow{"PublicAccessNotPermitted", 409, Code::permission, "Public access is not permitted on this storage account."},

    ErrorRow{"BlobNotFound", 404, Code::not_found, "The specified blob does not exist."},
    ErrorRow{"ContainerNotFound", 404, Code::not_found, "The specified container does not exist."},
    ErrorRow{"CannotVerifyCopySource", 404, Code::not_found, "Could not verify the copy source."},
    ErrorRow{"ResourceNotFound", 404, Code::not_found, "The specified resource does not exist."},

    ErrorRow{"BlobAlreadyExists", 409, Code::already_exists, "The specified blob already exists."},
    ErrorRow{"ContainerAlreadyExists", 409, Code::already_exists, "The specified container already exists."},
    ErrorRow{"ResourceAlreadyExists", 409, Code::already_exists, "The specified resource already exists."},

    ErrorRow{"ContainerBeingDeleted", 409, Code::conflict, "The specified container is being deleted. Try operation later."},
    ErrorRow{"ContainerDisabled", 409, Code::conflict, "The specified container has been disabled by the administrator."},
    ErrorRow{"InvalidBlobType", 409, Code::conflict, "The blob type is invalid for this operation."},
    ErrorRow{"BlockCountExceedsLimit", 409, Code::invalid_argument, "The uncommitted block count cannot exceed the maximum limit of 100,000 blocks."},
    ErrorRow{"SnapshotsPresent", 409, Code::conflict, "This operation is not permitted while the blob has snapshots."},
    ErrorRow{"PendingCopyOperation", 409, Code::conflict, "There is currently a pending copy operation."},
    ErrorRow{"LeaseAlreadyPresent", 409, Code::conflict, "There is already a lease present."},
    ErrorRow{"LeaseIdMismatchWithLeaseOperation", 409, Code::conflict, "The lease ID specified did not match the lease ID for the blob."},
    ErrorRow{"LeaseNotPresentWithLeaseOperation", 409, Code::conflict, "There is currently no lease on the blob."},
    ErrorRow{"LeaseIsBreakingAndCannotBeAcquired", 409, Code::conflict, "The lease ID matched, but the lease is currently in breaking state and cannot be acquired until it is broken."},
    ErrorRow{"LeaseIsBreakingAndCannotBeChanged", 409, Code::conflict, "The lease ID matched, but the lease is currently in breaking state and cannot be changed."},
    ErrorRow{"LeaseIsBrokenAndCannotBeRenewed", 409, Code::conflict, "The lease ID matched, but the lease has been broken explicitly and cannot be renewed."},
    ErrorRow{"LeaseIdMismatchWithBlobOperation", 412, Code::conflict, "The lease ID specified did not match the lease ID for the blob."},
    ErrorRow{"LeaseNotPresentWithBlobOperation", 412, Code::conflict, "There is currently no lease on the blob."},
    ErrorRow{"LeaseIdMismatchWithContainerOperation", 412, Code::conflict, "The lease ID specified did not match the lease ID for the container."},
    ErrorRow{"LeaseNotPresentWithContainerOperation", 412, Code::conflict, "There is currently no lease on the container."},
    ErrorRow{"LeaseLost", 412, Code::conflict, "A lease ID was specified, but the lease for the blob has expired."},
    ErrorRow{"LeaseIdMissing", 412, Code::conflict, "There is currently a lease on the resource and no lease ID was specified in the request."},
    ErrorRow{"ConditionNotMet", 412, Code::conflict, "The condition specified using HTTP conditional header(s) is not met."},
    ErrorRow{"SourceConditionNotMet", 412, Code::conflict, "The source condition specified using HTTP conditional header(s) is not met."},
    ErrorRow{"TargetConditionNotMet", 412, Code::conflict, "The target condition specified using HTTP conditional header(s) is not met."},

    ErrorRow{"InvalidRange", 416, Code::invalid_argument, "The range specified is invalid for the current size of the resource."},
    ErrorRow{"Md5Mismatch", 400, Code::corrupt, "The MD5 value specified in the request did not match with the MD5 value calculated by the server."},
    ErrorRow{"InvalidMd5", 400, Code::invalid_argument, "The MD5 value specified in the request is invalid. The MD5 value must be 128 bits and Base64-encoded."},
    ErrorRow{"InvalidBlockId", 400, Code::invalid_argument, "The specified block ID is invalid. The block ID must be Base64-encoded."},
    ErrorRow{"InvalidBlockList", 400, Code::invalid_argument, "The specified block list is invalid."},
    ErrorRow{"InvalidBlobOrBlock", 400, Code::invalid_argument, "The specified blob or block content is invalid."},
    ErrorRow{"BlockListTooLong", 400, Code::invalid_argument, "The block list may not contain more than 50,000 blocks."},
    ErrorRow{"InvalidXmlDocument", 400, Code::invalid_argument, "XML specified is not syntactically valid."},
    ErrorRow{"InvalidHeaderValue", 400, Code::invalid_argument, "The value for one of the HTTP headers is not in the correct format."},
    ErrorRow{"MissingRequiredHeader", 400, Code::invalid_argument, "An HTTP header that's mandatory for this request is not specified."},
    ErrorRow{"UnsupportedHeader", 400, Code::invalid_argument, "One of the HTTP headers specified in the request is not supported."},
    ErrorRow{"InvalidQueryParameterValue", 400, Code::invalid_argument, "Value for one of the query parameters specified in the request URI is invalid."},
    ErrorRow{"OutOfRangeQueryParameterValue", 400, Code::invalid_argument, "One of the query parameters specified in the request URI is outside the permissible range."},
    ErrorRow{"MissingRequiredQueryParameter", 400, Code::invalid_argument, "A query parameter that's mandatory for this request is not specified."},
    ErrorRow{"InvalidUri", 400, Code::invalid_argument, "The requested URI does not represent any resource on the server."},
    ErrorRow{"InvalidInput", 400, Code::invalid_argument, "One of the request inputs is not valid."},
    ErrorRow{"OutOfRangeInput", 400, Code::invalid_argument, "One of the request inputs is out of range."},
    ErrorRow{"InvalidResourceName", 400, Code::invalid_argument, "The specified resource name contains invalid characters."},
    ErrorRow{"InvalidMetadata", 400, Code::invalid_argument, "The specified metadata is invalid. It includes characters that are not permitted."},
    ErrorRow{"EmptyMetadataKey", 400, Code::invalid_argument, "The key for one of the metadata key-value pairs is empty."},
    ErrorRow{"MetadataTooLarge", 400, Code::invalid_argument, "The size of the specified metadata exceeds the maximum size permitted."},
    ErrorRow{"UnsatisfiableCondition", 400, Code::invalid_argument, "The request includes an unsatisfiable condition for this operation."},
    ErrorRow{"MultipleConditionHeadersNotSupported", 400, Code::invalid_argument, "Multiple condition headers are not supported."},
    ErrorRow{"MissingContentLengthHeader", 411, Code::invalid_argument, "The Content-Length header was not specified."},
    ErrorRow{"RequestBodyTooLarge", 413, Code::invalid_argument, "The request body is too large and exceeds the maximum permissible limit."},
    ErrorRow{"UnsupportedHttpVerb", 405, Code::invalid_argument, "The resource doesn't support specified Http Verb."},
    ErrorRow{"NotImplemented", 501, Code::invalid_argument, "The requested operation is not implemented on the specified resource."},

    // Not one of Azure's: only a service of one's own has a disk that is full.
    ErrorRow{"InsufficientStorage", 507, Code::exhausted, "The disk of the service is full; make room there and try again."},
    ErrorRow{"InternalError", 500, Code::unavailable, "The server encountered an internal error. Please retry the request."},
    ErrorRow{"OperationTimedOut", 500, Code::unavailable, "The operation could not be completed within the permitted time."},
    ErrorRow{"ServerBusy", 503, Code::unavailable, "The server is currently unable to receive requests. Please retry your request."},
};
// clang-format on

constexpr bool names_are_unique() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = i + 1; j < rows.size(); ++j)
      if (rows[i].service_code == rows[j].service_code) return false;
  return true;
}
static_assert(names_are_unique());

}  // namespace

const ErrorRow* find_error(std::string_view service_code) {
  for (const auto& row : rows)
    if (row.service_code == service_code) return &row;
  return nullptr;
}

Error blob_error(std::string_view service_code, std::string message) {
  const ErrorRow* row = find_error(service_code);
  if (row == nullptr)
    return fail(Code::internal, "no such error code: " + std::string(service_code));
  Error error = fail(row->code, message.empty() ? std::string(row->message) : std::move(message));
  error.http_status = row->http_status;
  error.service_code = service_code;
  return error;
}

Code code_of_answer(int http_status, std::string_view service_code) {
  if (const ErrorRow* row = find_error(service_code)) return row->code;
  switch (http_status) {
    case 401:
    case 403: return Code::permission;
    case 404: return Code::not_found;
    case 409:
    case 412: return Code::conflict;
    case 408:
    case 429: return Code::unavailable;
    case 507: return Code::exhausted;
    default: break;
  }
  if (http_status >= 500) return Code::unavailable;
  if (http_status >= 400) return Code::invalid_argument;
  return Code::internal;
}

}  // namespace dms::blob
