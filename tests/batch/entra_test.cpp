// BatchClient with _AUTH_MODE = aad, over loopback: the authority and the service are one server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "batch/azure_batch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/loopback_server.h"

namespace dms::batch {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Gives out tokens tok-1, tok-2, …, and a pool to whoever bears the newest after `refusals`.
class Entra {
 public:
  LoopbackServer::Reply answer(const std::string& head, const std::string& body) {
    const std::lock_guard lock(mutex_);
    if (head.starts_with("POST /contoso.com/oauth2/v2.0/token ")) {
      form = body;
      ++tokens;
      return LoopbackServer::answer(
          200, R"({"expires_in":3600,"access_token":"tok-)" + std::to_string(tokens) + "\"}");
    }
    authorization = head.substr(head.find("Authorization: ") + 15);
    authorization = authorization.substr(0, authorization.find("\r\n"));
    if (refusals-- > 0) return LoopbackServer::answer(401, "");
    return LoopbackServer::answer(200, R"({"id":"p1"})");
  }

  int refusals = 0;
  int tokens = 0;
  std::string form;
  std::string authorization;

 private:
  std::mutex mutex_;
};

class EntraClient : public testing::Test {
 protected:
  Config config() const {
    Config made;
    made.batch_account_name = "acct";
    made.batch_account_url = server.url("");
    made.auth_mode = AuthMode::aad;
    made.aad_tenant_id = "contoso.com";
    made.aad_client_id = "app";
    made.aad_client_secret = "geheim";
    made.aad_authority = server.url("");
    return made;
  }

  std::string message_with(const std::function<void(Config&)>& change) {
    Config changed = config();
    change(changed);
    const auto client = BatchClient::create(changed, clock);
    if (client) return "no error";
    EXPECT_EQ(client.error().code, Code::invalid_argument);
    EXPECT_THAT(client.error().message, Not(HasSubstr("geheim")));
    return client.error().message;
  }

  Entra entra;
  LoopbackServer server{[this](const std::string& head, const std::string& body) {
    return entra.answer(head, body);
  }};
  FakeClock clock;
};

TEST_F(EntraClient, signs_in_once_and_bears_the_token) {
  const auto client = BatchClient::create(config(), clock).value();
  EXPECT_EQ(entra.tokens, 0);
  EXPECT_EQ((*client)->get_pool("p1").value().id, "p1");
  EXPECT_EQ((*client)->get_pool("p1").value().id, "p1");
  EXPECT_EQ(entra.tokens, 1);
  EXPECT_EQ(entra.authorization, "Bearer tok-1");
  EXPECT_THAT(entra.form, HasSubstr("scope=https%3A%2F%2Fbatch.core.windows.net%2F%2F.default"));
}

TEST_F(EntraClient, takes_another_token_when_the_service_refuses_one) {
  entra.refusals = 1;
  const auto client = BatchClient::create(config(), clock).value();
  EXPECT_EQ((*client)->get_pool("p1").value().id, "p1");
  EXPECT_EQ(entra.authorization, "Bearer tok-2");
}

TEST_F(EntraClient, a_service_that_goes_on_refusing_is_an_error_of_permission) {
  entra.refusals = 2;
  const auto client = BatchClient::create(config(), clock).value();
  const auto pool = (*client)->get_pool("p1");
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().code, Code::permission);
  EXPECT_EQ(entra.tokens, 2);
}

TEST_F(EntraClient, names_the_key_that_is_missing_or_wrong) {
  EXPECT_THAT(message_with([](Config& c) { c.batch_account_url = "http://acct.batch.azure.com"; }),
              AllOf(HasSubstr("_BATCH_ACCOUNT_URL"), HasSubstr("plain http")));
  EXPECT_THAT(message_with([](Config& c) { c.aad_tenant_id.clear(); }),
              HasSubstr("_AAD_TENANT_ID"));
  EXPECT_THAT(message_with([](Config& c) { c.aad_authority = "http://login.example"; }),
              HasSubstr("_AAD_AUTHORITY"));
  EXPECT_THAT(message_with([](Config& c) { c.batch_account_name.clear(); }),
              HasSubstr("_BATCH_ACCOUNT_NAME"));
}

}  // namespace
}  // namespace dms::batch
