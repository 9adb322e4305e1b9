// Signatures with nothing but a token: the service's key for them, and who signs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>

#include "blob/blob_client.h"
#include "blob/xml.h"
#include "core/crypto.h"
#include "tests/blob/sas_vectors.h"
#include "tests/support/fake_clock.h"
#include "tests/support/loopback_server.h"
#include "tests/support/scripted_transport.h"

namespace dms::blob {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

constexpr const char* ask =
    "https://devstoreaccount1.blob.core.windows.net/?restype=service&comp="
    "userdelegationkey";

std::string key_answer(const std::string& expiry) {
  const DelegationKey key = vectors::delegation_key();
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?><UserDelegationKey><SignedOid>" +
         key.object_id + "</SignedOid><SignedTid>" + key.tenant_id +
         "</SignedTid><SignedStart>2029-12-30T00:00:00Z</SignedStart><SignedExpiry>" + expiry +
         "</SignedExpiry><SignedService>b</SignedService><SignedVersion>2021-12-02"
         "</SignedVersion><Value>" +
         base64_encode(key.key) + "</Value></UserDelegationKey>";
}

class Delegation : public testing::Test {
 protected:
  ScriptedTransport transport;
  FakeClock clock{vectors::at("2029-12-31T00:00:00Z")};
  AzureBlob blob{{.endpoint = Url::parse("https://devstoreaccount1.blob.core.windows.net").value(),
                  .has_tokens = true},
                 transport,
                 clock};
};

TEST_F(Delegation, signs_as_microsofts_client_does_with_the_services_key) {
  transport.expect("POST", ask, {.status = 200, .body = key_answer("2030-01-05T00:00:00Z")});
  const auto expiry = vectors::at("2030-01-01T00:00:00Z");
  const auto token =
      blob.get_blob_sas_token("cont1", "blk", {.permissions = "r", .expiry = expiry});
  ASSERT_TRUE(token) << token.error().message;
  bool found = false;
  for (const auto& vector : vectors::all()) {
    if (vector.name != "delegated: a blob") continue;
    found = true;
    EXPECT_THAT(parse_query(*token), testing::UnorderedElementsAreArray(parse_query(vector.query)));
  }
  EXPECT_TRUE(found);
  EXPECT_THAT(transport.requests().back().body,
              AllOf(HasSubstr("<Start>2029-12-30T23:45:00Z</Start>"),
                    HasSubstr("<Expiry>2030-01-06T23:45:00Z</Expiry>")));
}

TEST_F(Delegation, asks_once_for_many_signatures_and_again_when_the_key_ends_too_early) {
  transport.expect("POST", ask, {.status = 200, .body = key_answer("2030-01-05T00:00:00Z")});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(blob.get_container_sas_url("cont1"));
  EXPECT_EQ(transport.requests().size(), 1u);
  clock.advance(std::chrono::hours(4 * 24 + 12));
  transport.expect("POST", ask, {.status = 200, .body = key_answer("2030-01-11T00:00:00Z")});
  const auto url = blob.get_container_sas_url("cont1");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_THAT(parse_query(Url::parse(*url)->query),
              AllOf(Contains(Pair("ske", "2030-01-11T00:00:00Z")), Contains(Pair("sp", "w")),
                    Contains(Pair("se", "2030-01-05T12:00:00Z"))));
}

TEST_F(Delegation, refuses_what_no_such_key_can_sign_before_it_asks) {
  const auto late = blob.get_container_sas_token("cont1", {.lifetime = std::chrono::days(7)});
  EXPECT_EQ(late.error().code, Code::invalid_argument);
  EXPECT_THAT(late.error().message, HasSubstr("156 hours"));
  EXPECT_EQ(blob.get_container_sas_token("cont1", {.policy = "p"}).error().code,
            Code::invalid_argument);
  EXPECT_EQ(blob.longest_signature(), std::chrono::hours(156));
}

TEST_F(Delegation, tells_that_the_identity_may_not_and_shows_no_key) {
  transport.expect("POST", ask,
                   {.status = 403, .headers = {{"x-ms-error-code", "AuthorizationFailure"}}});
  const auto refused = blob.get_container_sas_token("cont1");
  EXPECT_EQ(refused.error().code, Code::permission);
  EXPECT_THAT(refused.error().message, HasSubstr("GetUserDelegationKey"));
  transport.expect("POST", ask,
                   {.status = 200,
                    .body = "<UserDelegationKey><Value>c2VjcmV0</Value>"
                            "</UserDelegationKey>"});
  const auto broken = blob.get_container_sas_token("cont1");
  EXPECT_EQ(broken.error().code, Code::corrupt);
  EXPECT_THAT(broken.error().message, testing::Not(HasSubstr("c2VjcmV0")));
}

// The whole way, over sockets: the configuration, the authority's token, the service's key.
TEST(BlobClientWithTokens, bears_them_and_signs_by_delegation) {
  std::mutex mutex;
  std::vector<std::string> heads;
  LoopbackServer server([&](const std::string& head, const std::string&) {
    const std::lock_guard lock(mutex);
    heads.push_back(head);
    if (head.find("/oauth2/v2.0/token") != head.npos)
      return LoopbackServer::answer(200, R"({"access_token":"the-token","expires_in":3600})");
    if (head.find("comp=userdelegationkey") != head.npos)
      return LoopbackServer::answer(200, key_answer("2099-01-01T00:00:00Z"));
    return LoopbackServer::answer(200, "content", "ETag: \"1\"\r\n");
  });
  Config config{.storage_account_name = "acct",
                .storage_account_domain = server.url(""),
                .auth_mode = AuthMode::aad,
                .aad_method = AadMethod::client_secret,
                .aad_tenant_id = "tenant",
                .aad_client_id = "client",
                .aad_client_secret = "geheim",
                .aad_authority = server.url("")};
  const auto client = create_blob_client(config);
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_EQ((*client)->read_blob("cont1", "a").value(), "content");
  const auto url = (*client)->get_blob_sas_url("cont1", "a", {.permissions = "r"});
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_THAT(*url, AllOf(HasSubstr("skoid=11111111-"), HasSubstr("sktid=66666666-"),
                          HasSubstr("/acct/cont1/a?")));
  ASSERT_EQ(heads.size(), 3u);
  EXPECT_THAT(heads[1], HasSubstr("Authorization: Bearer the-token"));
  EXPECT_THAT(heads[2], AllOf(HasSubstr("POST /acct/?restype=service&comp=userdelegationkey"),
                              HasSubstr("Authorization: Bearer the-token")));
}

TEST(BlobClientWithTokens, prefers_a_key_that_is_there) {
  Config config{.storage_account_name = "acct",
                .storage_account_key = "c2VjcmV0",
                .auth_mode = AuthMode::aad};
  const auto client = create_blob_client(config).value();
  EXPECT_EQ(client->longest_signature(), std::chrono::seconds::max());
}

TEST(BlobClientWithTokens, sends_none_over_plain_http_to_another_machine) {
  Config config{.storage_account_name = "acct",
                .storage_account_domain = "http://storage.example:10000",
                .auth_mode = AuthMode::aad,
                .aad_method = AadMethod::az};
  const auto client = create_blob_client(config);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace dms::blob
