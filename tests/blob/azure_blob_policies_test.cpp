// The stored access policies of AzureBlob against a script.
#include "tests/blob/azure_blob_fixture.h"

namespace dms::blob {
namespace {

using testing::HasSubstr;

class AzureBlobPolicies : public AzureBlobTest {
 protected:
  const std::string target = host + "/cont1?restype=container&comp=acl";
  const AccessPolicy readers{.id = "readers", .permissions = "rl"};
  const AccessPolicy writers{.id = "writers", .permissions = "w"};

  Response told(const AccessPolicies& policies, std::string public_access = "",
                std::string modified = "Wed, 01 May 2024 11:00:00 GMT") {
    Response answer{.status = 200,
                    .headers = {{"ETag", "\"0x8DC\""}, {"Last-Modified", std::move(modified)}},
                    .body = write_access_policies(policies)};
    if (!public_access.empty()) answer.headers.set("x-ms-blob-public-access", public_access);
    return answer;
  }
  AccessPolicies sent() { return read_access_policies(last().body).value(); }
};

TEST_F(AzureBlobPolicies, are_read_with_the_public_access) {
  for (const auto& [word, access] :
       {std::pair{"", PublicAccess::none}, std::pair{"blob", PublicAccess::blob},
        std::pair{"container", PublicAccess::container}}) {
    transport.expect("GET", target, told({readers}, word));
    EXPECT_EQ(blob.get_container_access_policy("cont1").value(),
              (ContainerAccess{access, {readers}}));
  }
}

TEST_F(AzureBlobPolicies, are_put_as_a_whole_with_letters_in_azures_order) {
  transport.expect("PUT", target, {.status = 200, .headers = written_headers()});
  ASSERT_TRUE(blob.set_container_access_policy(
      "cont1", {PublicAccess::blob,
                {{.id = "a",
                  .expiry = Timestamp::parse("2030-01-31T10:20:30.5Z").value(),
                  .permissions = "lwr"}}}));
  EXPECT_EQ(last().headers.get("x-ms-blob-public-access"), "blob");
  EXPECT_THAT(last().body, HasSubstr("<Permission>rwl</Permission>"));
  EXPECT_THAT(last().body, HasSubstr("<Expiry>2030-01-31T10:20:30.5000000Z</Expiry>"));
  transport.expect("PUT", target, {.status = 200, .headers = written_headers()});
  ASSERT_TRUE(blob.set_container_access_policy("cont1", {}));
  EXPECT_FALSE(last().headers.contains("x-ms-blob-public-access"));
  EXPECT_EQ(sent(), AccessPolicies{});
}

TEST_F(AzureBlobPolicies, that_azure_would_refuse_are_refused_before_anything_is_sent) {
  const AccessPolicies bad[] = {
      {{.id = ""}},
      {{.id = std::string(65, 'x')}},
      {{.id = "a"}, {.id = "a"}},
      {{.id = "a", .permissions = "rr"}},
      {{.id = "a", .permissions = "q"}},
      {{.id = "1"}, {.id = "2"}, {.id = "3"}, {.id = "4"}, {.id = "5"}, {.id = "6"}}};
  for (const auto& policies : bad) {
    const auto set = blob.set_container_access_policy("cont1", {.policies = policies});
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code, Code::invalid_argument);
  }
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(AzureBlobPolicies, are_added_and_replaced_one_at_a_time) {
  transport.expect("GET", target, told({readers}, "blob"));
  transport.expect("PUT", target, {.status = 200, .headers = written_headers()});
  ASSERT_TRUE(blob.set_access_policy("cont1", writers));
  EXPECT_EQ(sent(), (AccessPolicies{readers, writers}));
  EXPECT_EQ(last().headers.get("x-ms-blob-public-access"), "blob") << "stays as it is";
  EXPECT_EQ(last().headers.get("If-Unmodified-Since"), "Wed, 01 May 2024 11:00:00 GMT");

  transport.expect("GET", target, told({readers, writers}));
  transport.expect("PUT", target, {.status = 200, .headers = written_headers()});
  ASSERT_TRUE(blob.set_access_policy("cont1", {.id = "readers", .permissions = "r"}));
  EXPECT_EQ(sent(), (AccessPolicies{{.id = "readers", .permissions = "r"}, writers}));
}

TEST_F(AzureBlobPolicies, that_are_there_as_asked_for_are_not_put_again) {
  transport.expect("GET", target, told({readers}));
  EXPECT_TRUE(blob.set_access_policy("cont1", {.id = "readers", .permissions = "lr"}));
}

TEST_F(AzureBlobPolicies, are_put_anew_when_somebody_else_changed_them_meanwhile) {
  transport.expect("GET", target, told({}));
  transport.expect("PUT", target, refused(412, "ConditionNotMet"));
  transport.expect("GET", target, told({readers}, "", "Wed, 01 May 2024 11:00:05 GMT"));
  transport.expect("PUT", target, {.status = 200, .headers = written_headers()});
  ASSERT_TRUE(blob.set_access_policy("cont1", writers));
  EXPECT_EQ(sent(), (AccessPolicies{readers, writers}));
  EXPECT_EQ(last().headers.get("If-Unmodified-Since"), "Wed, 01 May 2024 11:00:05 GMT");
}

TEST_F(AzureBlobPolicies, that_never_stand_still_are_a_conflict) {
  for (int i = 0; i < 5; ++i) {
    transport.expect("GET", target, told({}));
    transport.expect("PUT", target, refused(412, "ConditionNotMet"));
  }
  EXPECT_EQ(blob.set_access_policy("cont1", writers).error().code, Code::conflict);
}

TEST_F(AzureBlobPolicies, are_deleted_one_at_a_time) {
  transport.expect("GET", target, told({readers, writers}));
  transport.expect("PUT", target, {.status = 200, .headers = written_headers()});
  ASSERT_TRUE(blob.delete_access_policy("cont1", "readers"));
  EXPECT_EQ(sent(), AccessPolicies{writers});
  transport.expect("GET", target, told({writers}));
  const auto none = blob.delete_access_policy("cont1", "readers");
  EXPECT_EQ(none.error().code, Code::not_found);
  EXPECT_THAT(none.error().message, HasSubstr("'readers'"));
}

// The first answer was lost on its way; the repeated put meets the container that it changed.
TEST_F(AzureBlobPolicies, whose_deletion_was_repeated_are_deleted) {
  transport.expect("GET", target, told({readers}));
  transport.expect("PUT", target, refused(412, "ConditionNotMet"));
  transport.expect("GET", target, told({}, "", "Wed, 01 May 2024 11:00:05 GMT"));
  EXPECT_TRUE(blob.delete_access_policy("cont1", "readers"));
}

TEST_F(AzureBlobPolicies, take_from_a_signature_what_they_say) {
  const auto fields = [&](const SasRequest& request) {
    return parse_sas(parse_query(blob.get_blob_sas_token("cont1", "a", request).value()))
        .value()
        .value();
  };
  const auto alone = fields({.policy = "readers"});
  EXPECT_EQ(alone.si, "readers");
  EXPECT_EQ(alone.sp + alone.se + alone.st, "");
  const auto shared = fields({.permissions = "wr",
                              .expiry = Timestamp::parse("2030-01-01T00:00:00Z").value(),
                              .policy = "starts"});
  EXPECT_EQ(shared.sp, "rw");
  EXPECT_EQ(shared.se, "2030-01-01T00:00:00Z");
}

}  // namespace
}  // namespace dms::blob
