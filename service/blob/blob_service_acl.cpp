// Get Container ACL and Set Container ACL: who may read without a signature, and the stored access
// policies that signatures follow.
#include "blob/errors.h"
#include "blob/wire_access.h"
#include "blob/xml.h"
#include "service/blob/blob_headers.h"
#include "service/blob/blob_service.h"

namespace dms::service {

using blob::blob_error;

namespace {

// Azure has the code of bad XML for too many policies, too long ids and letters out of order, too;
// so has this for all that can be wrong.
Result<blob::AccessPolicies> policies_of(const std::string& body) {
  if (body.empty()) return blob::AccessPolicies{};
  auto policies = blob::read_access_policies(body);
  if (!policies) return blob_error("InvalidXmlDocument", policies.error().message);
  if (const auto good = blob::check_access_policies(*policies); !good)
    return blob_error("InvalidXmlDocument", good.error().message);
  return policies;
}

}  // namespace

Result<Answer> BlobService::get_container_acl(const BlobCall& call) {
  DMS_CHECK(check_owner(call.access));
  std::lock_guard lock(mutex_);
  DMS_TRY(const ContainerRecord* container, container_of(call));
  DMS_CHECK(check_read_lease(call, container->lease, Leased::container));
  Answer answer;
  set_modified(answer.headers, container->item.etag, container->item.last_modified);
  set_public_access(answer.headers, container->item.public_access);
  answer.headers.set("Content-Type", "application/xml");
  answer.body = blob::write_access_policies(container->policies);
  return answer;
}

Result<Answer> BlobService::set_container_acl(const BlobCall& call) {
  DMS_CHECK(check_owner(call.access));
  DMS_TRY(const auto public_access, public_access_of(call.request));
  DMS_CHECK(checked_md5(call.request, md5_raw(call.request.body)));
  DMS_TRY(auto policies, policies_of(call.request.body));
  return change_container(call, [&](ContainerRecord& container) {
    container.item.public_access = public_access;
    container.policies = std::move(policies);
  });
}

}  // namespace dms::service
