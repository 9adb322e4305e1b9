// Application packages of an account of Azure, against the answers of its management plane.
#include "batch/management.h"

#include <gmock/gmock.h>

#include "tests/support/scripted_transport.h"

namespace dms::batch {
namespace {

using testing::HasSubstr;

constexpr std::string_view arm = "https://management.azure.com";
constexpr std::string_view account =
    "/subscriptions/s-1/resourceGroups/dsm2-rg/providers/Microsoft.Batch/batchAccounts/mybatch";

class ManagementTest : public testing::Test {
 protected:
  static std::string url(std::string_view path) { return std::string(arm).append(path); }
  static std::string of_account(std::string_view path) {
    return std::string(arm).append(account).append(path);
  }
  static Response answer(std::string body, int status = 200) {
    return {.status = status, .headers = {}, .body = std::move(body)};
  }
  static Response not_there(std::string code) {
    return answer(R"({"error":{"code":")" + code + R"(","message":"it is not there"}})", 404);
  }

  Result<Management> find() {
    network.expect("GET", url("/subscriptions/s-1/providers/Microsoft.Batch/batchAccounts"),
                   answer(R"({"value":[{"id":"/other","name":"other"}],"nextLink":")" +
                          url("/page2?api-version=x") + "\"}"));
    network.expect("GET", url("/page2?api-version=x"),
                   answer(R"({"value":[{"id":")" + std::string(account) +
                          R"(","name":"MyBatch","type":"Microsoft.Batch/batchAccounts"}]})"));
    return Management::find(Url::parse(arm).value(), "s-1", "mybatch", network);
  }

  ScriptedTransport network;
};

TEST_F(ManagementTest, finds_the_account_on_any_page_whatever_its_case) {
  const auto management = find();
  ASSERT_TRUE(management) << management.error().message;
  EXPECT_EQ(management->account_id(), account);
  EXPECT_THAT(network.requests().front().url, HasSubstr("api-version=2024-02-01"));
}

TEST_F(ManagementTest, says_when_the_subscription_has_no_such_account) {
  network.expect("GET", url("/subscriptions/s-1/providers/Microsoft.Batch/batchAccounts"),
                 answer(R"({"value":[]})"));
  const auto management = Management::find(Url::parse(arm).value(), "s-1", "mybatch", network);
  ASSERT_FALSE(management);
  EXPECT_EQ(management.error().code, Code::not_found);
  EXPECT_THAT(management.error().message, HasSubstr("mybatch"));
}

TEST_F(ManagementTest, makes_an_application_that_is_missing_and_says_where_to_write) {
  auto management = find();
  ASSERT_TRUE(management);
  network.expect("GET", of_account("/applications/dsm2"), not_there("ApplicationNotFound"));
  network.expect("PUT", of_account("/applications/dsm2"), answer("{}"));
  network.expect("PUT", of_account("/applications/dsm2/versions/8.2.1"),
                 answer(R"({"properties":{"state":"Pending",
                            "storageUrl":"https://store/app-dsm2/8.2.1?sig=x",
                            "storageUrlExpiry":"2026-01-01T00:00:00Z"}})"));
  const auto place = management->begin_package("dsm2", "8.2.1");
  ASSERT_TRUE(place) << place.error().message;
  EXPECT_EQ(*place, "https://store/app-dsm2/8.2.1?sig=x");
  EXPECT_EQ(network.requests()[3].body, R"({"properties":{"allowUpdates":true}})");
  EXPECT_EQ(network.requests()[4].headers.get("Content-Type"), "application/json");
}

TEST_F(ManagementTest, activates_a_version_as_a_zip_and_sets_the_default) {
  auto management = find();
  ASSERT_TRUE(management);
  network.expect("POST", of_account("/applications/dsm2/versions/8.2/activate"), answer("{}"));
  EXPECT_TRUE(management->activate_package("dsm2", "8.2"));
  EXPECT_EQ(network.requests().back().body, R"({"format":"zip"})");
  network.expect("PATCH", of_account("/applications/dsm2"), answer("{}"));
  EXPECT_TRUE(management->set_default_version("dsm2", "8.2"));
  EXPECT_EQ(network.requests().back().body, R"({"properties":{"defaultVersion":"8.2"}})");
}

TEST_F(ManagementTest, deletes_the_versions_before_their_application) {
  auto management = find();
  ASSERT_TRUE(management);
  network.expect("GET", of_account("/applications/dsm2/versions"),
                 answer(R"({"value":[{"name":"1"},{"name":"2"}]})"));
  network.expect("DELETE", of_account("/applications/dsm2/versions/1"), answer(""));
  network.expect("DELETE", of_account("/applications/dsm2/versions/2"), answer(""));
  network.expect("DELETE", of_account("/applications/dsm2"), answer(""));
  EXPECT_TRUE(management->delete_application("dsm2"));
}

TEST_F(ManagementTest, tells_of_a_version_that_was_not_there) {
  auto management = find();
  ASSERT_TRUE(management);
  network.expect("DELETE", of_account("/applications/dsm2/versions/3"), answer("", 204));
  const auto deleted = management->delete_package("dsm2", "3");
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, Code::not_found);
}

TEST_F(ManagementTest, passes_on_what_the_service_refuses) {
  auto management = find();
  ASSERT_TRUE(management);
  network.expect("PATCH", of_account("/applications/dsm2"),
                 answer(R"({"error":{"code":"AuthorizationFailed","message":"no role"}})", 403));
  const auto refused = management->set_default_version("dsm2", "8.2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::permission);
  EXPECT_THAT(refused.error().message, HasSubstr("AuthorizationFailed"));
}

}  // namespace
}  // namespace dms::batch
