// Operations of the local service beside those of batch/operations.h: what Azure has in its
// management API, or not at all. Signed and versioned like every other.
#pragma once

#include "batch/wire.h"
#include "core/operation.h"
#include "service/core/packages.h"

namespace dms::service::package_op {

// clang-format off

// Application packages; the body of put_package is the zip
inline constexpr Operation<Nothing, Nothing>          put_package        {"PutApplicationPackage", "PUT", "/applications/{applicationId}/versions/{version}", 201};
inline constexpr Operation<Nothing, Nothing>          delete_package     {"DeleteApplicationPackage", "DELETE", "/applications/{applicationId}/versions/{version}", 200};
inline constexpr Operation<ApplicationPatch, Nothing> patch_application  {"PatchApplication", "PATCH", "/applications/{applicationId}", 200};
inline constexpr Operation<Nothing, Nothing>          delete_application {"DeleteApplication", "DELETE", "/applications/{applicationId}", 200};
// clang-format on

}  // namespace dms::service::package_op
