#include <gmock/gmock.h>

#include "tests/blob/conformance/service.h"

namespace dms::blob {
namespace {

class BlobPoliciesConformance : public BlobConformance {
 protected:
  AccessPolicy policy(std::string id, std::string letters, std::chrono::hours lasts) {
    const auto now = std::chrono::floor<std::chrono::seconds>(system_clock().now().at);
    return {.id = std::move(id),
            .start = Timestamp{now - std::chrono::hours(2)},
            .expiry = Timestamp{now + lasts},
            .permissions = std::move(letters)};
  }
};

TEST_F(BlobPoliciesConformance, policies_come_back_as_they_were_set) {
  EXPECT_EQ(blob.get_container_access_policy(container).value(), ContainerAccess{});
  const auto readers = policy("readers", "rl", std::chrono::hours(1));
  AccessPolicy open_end{.id = "ü <open>", .permissions = "w"};
  ASSERT_TRUE(blob.set_access_policy(container, readers));
  ASSERT_TRUE(blob.set_access_policy(container, open_end));
  EXPECT_EQ(blob.get_container_access_policy(container).value(),
            (ContainerAccess{.policies = {readers, open_end}}));
  open_end.permissions = "rw";
  ASSERT_TRUE(blob.set_access_policy(container, open_end));
  ASSERT_TRUE(blob.delete_access_policy(container, "readers"));
  EXPECT_EQ(blob.get_container_access_policy(container).value(),
            (ContainerAccess{.policies = {open_end}}));
  EXPECT_EQ(blob.delete_access_policy(container, "readers").error().code, Code::not_found);
  ASSERT_TRUE(blob.set_container_access_policy(container, {}));
  EXPECT_EQ(blob.get_container_access_policy(container).value(), ContainerAccess{});
}

TEST_F(BlobPoliciesConformance, policies_leave_the_public_access_as_it_is) {
  put("a", "for all");
  ASSERT_TRUE(blob.set_container_access_policy(container, {PublicAccess::blob, {}}));
  ASSERT_TRUE(blob.set_access_policy(container, policy("readers", "r", std::chrono::hours(1))));
  EXPECT_EQ(blob.get_container_access_policy(container).value().public_access, PublicAccess::blob);
  const auto anonymous = client_with_sas("");
  EXPECT_EQ(anonymous->read_blob(container, "a").value(), "for all");
  ASSERT_TRUE(blob.set_container_access_policy(container, {}));
  EXPECT_FALSE(anonymous->read_blob(container, "a"));
}

TEST_F(BlobPoliciesConformance, a_sas_by_policy_opens_what_the_policy_grants) {
  put("a", "content");
  ASSERT_TRUE(blob.set_access_policy(container, policy("readers", "rl", std::chrono::hours(1))));
  const auto reader =
      client_with_sas(blob.get_container_sas_token(container, {.policy = "readers"}).value());
  EXPECT_EQ(reader->read_blob(container, "a").value(), "content");
  EXPECT_EQ(reader->list_blobs_from_container(container).value().blobs.size(), 1u);
  EXPECT_EQ(reader->upload_blob(container, "b", "x").error().service_code,
            "AuthorizationPermissionMismatch");
  const auto one =
      client_with_sas(blob.get_blob_sas_token(container, "a", {.policy = "readers"}).value());
  EXPECT_EQ(one->read_blob(container, "a").value(), "content");
}

TEST_F(BlobPoliciesConformance, a_sas_changes_and_ends_with_its_policy) {
  put("a", "content");
  ASSERT_TRUE(blob.set_access_policy(container, policy("p", "r", std::chrono::hours(1))));
  const auto guest =
      client_with_sas(blob.get_container_sas_token(container, {.policy = "p"}).value());
  EXPECT_EQ(guest->read_blob(container, "a").value(), "content");
  ASSERT_TRUE(blob.set_access_policy(container, policy("p", "w", std::chrono::hours(1))));
  EXPECT_EQ(guest->read_blob(container, "a").error().code, Code::permission);
  EXPECT_TRUE(guest->upload_blob(container, "b", "x"));
  ASSERT_TRUE(blob.set_access_policy(container, policy("p", "w", std::chrono::hours(-1))));
  EXPECT_EQ(guest->upload_blob(container, "b", "y").error().code, Code::permission);
  ASSERT_TRUE(blob.set_access_policy(container, policy("p", "rw", std::chrono::hours(1))));
  EXPECT_EQ(guest->read_blob(container, "b").value(), "x");
  ASSERT_TRUE(blob.delete_access_policy(container, "p"));
  EXPECT_EQ(guest->read_blob(container, "a").error().code, Code::permission);
}

TEST_F(BlobPoliciesConformance, a_sas_by_a_policy_that_there_is_not_opens_nothing) {
  put("a", "content");
  const auto guest =
      client_with_sas(blob.get_container_sas_token(container, {.policy = "none"}).value());
  EXPECT_EQ(guest->read_blob(container, "a").error().http_status, 403);
}

TEST_F(BlobPoliciesConformance, policies_are_for_the_owner) {
  const auto guest =
      client_with_sas(blob.get_container_sas_token(container, {.permissions = "racwdl"}).value());
  EXPECT_EQ(guest->get_container_access_policy(container).error().code, Code::permission);
  EXPECT_EQ(guest->set_container_access_policy(container, {}).error().code, Code::permission);
  EXPECT_FALSE(client_with_sas("")->get_container_access_policy(container));
}

TEST_F(BlobPoliciesConformance, policies_of_a_container_that_is_not_there_are_not_found) {
  const auto other = new_container_name();
  EXPECT_EQ(blob.get_container_access_policy(other).error().service_code, "ContainerNotFound");
  EXPECT_EQ(blob.set_container_access_policy(other, {}).error().service_code, "ContainerNotFound");
}

}  // namespace
}  // namespace dms::blob
