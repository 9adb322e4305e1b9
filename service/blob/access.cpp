#include "service/blob/access.h"

#include "blob/errors.h"

namespace dms::service {

Result<Access> identify(const Request& request, const Query& query, const SharedKey& key,
                        std::string_view container, std::string_view blob, Timestamp now) {
  DMS_TRY(const auto sas, blob::parse_sas(query));
  if (sas) {
    DMS_CHECK(blob::verify_sas(*sas, key, {.container = container, .blob = blob, .now = now}));
    return Access{Access::Kind::sas, *sas};
  }
  if (!request.headers.contains("Authorization")) return Access{};
  DMS_CHECK(verify_blob_signature(request, key, now));
  return Access{.kind = Access::Kind::account};
}

Status check_access(const Access& access, std::string_view letters) {
  switch (access.kind) {
    case Access::Kind::account: return ok();
    case Access::Kind::sas: return blob::check_permission(access.sas, letters);
    case Access::Kind::anonymous: return blob::blob_error("NoAuthenticationInformation");
  }
  return blob::blob_error("NoAuthenticationInformation");
}

Status check_container_access(const Access& access, std::string_view account_letters) {
  if (access.kind == Access::Kind::sas && !access.sas.is_account())
    return blob::blob_error("AuthorizationPermissionMismatch");
  return check_access(access, account_letters);
}

}  // namespace dms::service
