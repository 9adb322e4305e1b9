#include "service/blob/access.h"

#include <algorithm>

#include "blob/errors.h"

namespace dms::service {

bool follows_policy(const Query& query) {
  return std::any_of(query.begin(), query.end(),
                     [](const auto& pair) { return pair.first == "si"; });
}

Result<Access> identify(const Request& request, const Query& query, const SharedKey& key,
                        const blob::SasUse& use) {
  DMS_TRY(const auto sas, blob::parse_sas(query));
  if (sas) {
    DMS_TRY(auto granted, blob::verify_sas(*sas, key, use));
    return Access{Access::Kind::sas, std::move(granted)};
  }
  if (!request.headers.contains("Authorization")) return Access{};
  DMS_CHECK(verify_blob_signature(request, key, use.now));
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

Status check_owner(const Access& access) {
  if (access.kind == Access::Kind::sas) return blob::blob_error("AuthorizationFailure");
  return check_access(access, {});
}

}  // namespace dms::service
