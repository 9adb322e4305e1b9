// Client secrets and managed identities: what is asked, and what an answer or refusal becomes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/auth/client_secret.h"
#include "core/auth/cloud.h"
#include "core/auth/managed_identity.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_transport.h"

namespace dms {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string batch_service = "https://batch.core.windows.net/";
const std::string secret = "s3cr~et.Value+/=";
const std::string login = "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token";

ClientSecretOptions good_options() {
  return {.authority = "https://login.microsoftonline.com/",
          .tenant = "contoso.com",
          .client_id = "app-1",
          .secret = secret};
}

class ClientSecretTest : public testing::Test {
 protected:
  Result<Token> token() {
    auto source = ClientSecret::create(good_options(), network, clock);
    EXPECT_TRUE(source) << source.error().message;
    return (*source)->token(batch_service, {});
  }

  // The error for an answer, of which no secret is a part.
  Error error_for(int status, std::string body) {
    network.expect("POST", login, Response{.status = status, .body = std::move(body)});
    const auto got = token();
    if (got) return fail(Code::internal, "no error");
    EXPECT_THAT(got.error().message, Not(HasSubstr(secret)));
    EXPECT_THAT(got.error().message, Not(HasSubstr(percent_encode(secret))));
    return got.error();
  }

  static std::string refusal(const std::string& error, const std::string& description) {
    return R"({"error":")" + error + R"(","error_description":")" + description +
           R"( Trace ID: t Correlation ID: c","error_codes":[1]})";
  }

  std::string create_error(const std::function<void(ClientSecretOptions&)>& change) {
    ClientSecretOptions options = good_options();
    change(options);
    const auto source = ClientSecret::create(options, network, clock);
    if (source) return "no error";
    EXPECT_EQ(source.error().code, Code::invalid_argument);
    EXPECT_THAT(source.error().message, Not(HasSubstr(secret)));
    return source.error().message;
  }

  ScriptedTransport network;
  FakeClock clock;
};

TEST_F(ClientSecretTest, posts_a_form_and_counts_the_tokens_life_from_now) {
  network.expect(
      "POST", login,
      Response{.status = 200,
               .body = R"({"token_type":"Bearer","expires_in":3599,"access_token":"tok"})"});
  const auto got = token();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->text, "tok");
  EXPECT_EQ(got->expires_at.at, clock.now().at + 3599s);
  const auto seen = network.requests().at(0);
  EXPECT_EQ(seen.headers.get("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(seen.body,
            "grant_type=client_credentials&client_id=app-1&client_secret=s3cr~et.Value%2B%2F%3D&"
            "scope=https%3A%2F%2Fbatch.core.windows.net%2F%2F.default");
}

TEST_F(ClientSecretTest, each_refusal_says_what_to_do) {
  const Error wrong_secret =
      error_for(401, refusal("invalid_client", "AADSTS7000215: Invalid client secret provided."));
  EXPECT_EQ(wrong_secret.code, Code::permission);
  EXPECT_EQ(wrong_secret.http_status, 401);
  EXPECT_EQ(wrong_secret.message,
            "login.microsoftonline.com gave no token: invalid_client: AADSTS7000215: Invalid "
            "client secret provided; _AAD_CLIENT_SECRET must be the secret's value, not its id");
  EXPECT_THAT(error_for(401, refusal("invalid_client", "AADSTS7000222: expired")).message,
              HasSubstr("make a new one"));
  EXPECT_THAT(error_for(400, refusal("unauthorized_client", "AADSTS700016: no app")).message,
              HasSubstr("check _AAD_CLIENT_ID"));
  EXPECT_THAT(error_for(400, refusal("invalid_request", "AADSTS90002: no tenant")).message,
              HasSubstr("check _AAD_TENANT_ID, and _AAD_AUTHORITY"));
  EXPECT_THAT(error_for(403, "<html>").message, HasSubstr("HTTP status 403; check _AAD_TENANT_ID"));
}

TEST_F(ClientSecretTest, what_may_pass_is_unavailable) {
  EXPECT_EQ(error_for(503, "").code, Code::unavailable);
  EXPECT_EQ(error_for(429, "").code, Code::unavailable);
  network.expect("POST", login, fail(Code::timeout, "slow"));
  EXPECT_EQ(token().error().code, Code::unavailable);
  network.expect("POST", login, fail(Code::permission, "bad certificate"));
  const Error tls = token().error();
  EXPECT_EQ(tls.code, Code::permission);
  EXPECT_EQ(tls.message, "asking login.microsoftonline.com for a token: bad certificate");
}

TEST_F(ClientSecretTest, an_echo_of_the_secret_does_not_get_into_the_error) {
  EXPECT_THAT(error_for(400, refusal("invalid_client", "you sent " + secret)).message,
              HasSubstr("you sent REDACTED"));
  error_for(400, refusal("x", std::string(390, 'x') + secret));
}

TEST_F(ClientSecretTest, an_answer_that_cannot_be_read_is_not_quoted) {
  for (const std::string body :
       {R"({"access_token":"tok-geheim","expires_in":)", R"({"access_token":"tok-geheim"})",
        R"({"access_token":"tok-geheim\r\nX: y","expires_in":5})",
        R"({"access_token":"tok-geheim","expires_in":-5})", R"(["tok-geheim"])",
        R"({"access_token":"","expires_in":5,"token":"tok-geheim"})"}) {
    const Error error = error_for(200, body);
    EXPECT_EQ(error.code, Code::internal) << body;
    EXPECT_THAT(error.message,
                AllOf(HasSubstr("no token that can be read"), Not(HasSubstr("geheim"))));
  }
}

TEST_F(ClientSecretTest, a_token_that_has_ended_points_at_the_clock) {
  const Error error = error_for(200, R"({"access_token":"tok","expires_on":"1500000000"})");
  EXPECT_EQ(error.code, Code::permission);
  EXPECT_THAT(error.message, HasSubstr("check this machine's clock"));
}

TEST_F(ClientSecretTest, names_the_setting_that_is_missing_or_wrong) {
  EXPECT_THAT(create_error([](auto& o) { o.tenant.clear(); }), HasSubstr("_AAD_TENANT_ID"));
  EXPECT_THAT(create_error([](auto& o) { o.client_id.clear(); }), HasSubstr("_AAD_CLIENT_ID"));
  EXPECT_THAT(create_error([](auto& o) { o.secret.clear(); }), HasSubstr("AZURE_CLIENT_SECRET"));
  EXPECT_THAT(create_error([](auto& o) { o.tenant = "a/../b"; }), HasSubstr("'a/../b'"));
  EXPECT_THAT(create_error([](auto& o) { o.authority = "http://login.example"; }),
              AllOf(HasSubstr("_AAD_AUTHORITY"), HasSubstr("plain http")));
  EXPECT_EQ(create_error([](auto& o) { o.authority = "login.microsoftonline.us"; }), "no error");
  EXPECT_EQ(create_error([](auto& o) { o.authority = "http://127.0.0.1:7"; }), "no error");
}

TEST(Cloud, is_told_by_the_accounts_host) {
  const auto resource_of = [](std::string_view url) {
    return cloud_of(*Url::parse(url)).batch_resource;
  };
  EXPECT_EQ(resource_of("https://a.westus2.batch.azure.com"), batch_service);
  EXPECT_EQ(resource_of("http://127.0.0.1:7"), batch_service);
  EXPECT_EQ(resource_of("https://a.usgovvirginia.batch.usgovcloudapi.net"),
            "https://batch.core.usgovcloudapi.net/");
  EXPECT_EQ(resource_of("https://a.chinanorth.batch.chinacloudapi.cn"),
            "https://batch.chinacloudapi.cn/");
}

class ManagedIdentityTest : public testing::Test {
 protected:
  Result<Token> token(const std::string& client_id = {}) {
    auto endpoint = find_identity_endpoint(lookup(), client_id);
    EXPECT_TRUE(endpoint);
    return ManagedIdentity(*endpoint, network, clock).token(batch_service, {});
  }

  Environment lookup() {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
  }

  const std::string imds = "http://169.254.169.254/metadata/identity/oauth2/token";
  ScriptedTransport network;
  FakeClock clock;
  std::map<std::string, std::string> environment;
};

TEST_F(ManagedIdentityTest, asks_imds_with_its_header_and_reads_numbers_in_quotes) {
  network.expect(
      "GET",
      imds + "?api-version=2018-02-01&resource=https%3A%2F%2Fbatch.core.windows.net%2F&client_id=u",
      Response{.status = 200,
               .body = R"({"access_token":"tok","expires_in":"86399","expires_on":"1"})"});
  const auto got = token("u");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->text, "tok");
  EXPECT_EQ(got->expires_at.at, clock.now().at + 86399s);
  EXPECT_EQ(network.requests()[0].headers.get("Metadata"), "true");
}

TEST_F(ManagedIdentityTest, asks_an_apps_endpoint_with_the_apps_header) {
  environment = {{"IDENTITY_ENDPOINT", "http://localhost:4141/msi/token"},
                 {"IDENTITY_HEADER", "geheim"}};
  network.expect(
      "GET",
      "http://localhost:4141/msi/token?api-version=2019-08-01&"
      "resource=https%3A%2F%2Fbatch.core.windows.net%2F",
      Response{.status = 200, .body = R"({"access_token":"tok","expires_on":"1795222222"})"});
  const auto got = token();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->expires_at.iso8601(), "2026-11-21T00:50:22Z");
  EXPECT_EQ(network.requests()[0].headers.get("X-IDENTITY-HEADER"), "geheim");
  EXPECT_FALSE(network.requests()[0].headers.contains("Metadata"));
  network.expect("GET", "http://localhost:4141/msi/token", Response{.status = 400});
  EXPECT_THAT(token().error().message, Not(HasSubstr("geheim")));
}

TEST_F(ManagedIdentityTest, each_refusal_says_what_to_do) {
  const std::string none =
      R"({"error":"invalid_request","error_description":"Identity not found"})";
  network.expect("GET", imds, Response{.status = 400, .body = none});
  const Error error = token().error();
  EXPECT_EQ(error.code, Code::permission);
  EXPECT_EQ(error.message,
            "the managed identity's endpoint gave no token: invalid_request: Identity not found; "
            "assign an identity to this machine, or name one of several by _AAD_CLIENT_ID");
  network.expect("GET", imds, Response{.status = 400, .body = none});
  EXPECT_THAT(token("u-7").error().message, HasSubstr("is the identity u-7 of _AAD_CLIENT_ID"));
}

TEST_F(ManagedIdentityTest, waits_out_an_imds_that_is_being_updated) {
  for (const int status : {404, 410, 429, 500}) {
    network.expect("GET", imds, Response{.status = status});
    EXPECT_EQ(token().error().code, Code::unavailable) << status;
  }
}

TEST_F(ManagedIdentityTest, refuses_an_endpoint_that_it_does_not_speak_to) {
  environment = {{"IDENTITY_ENDPOINT", "http://localhost:40342/token"}};
  const auto arc = find_identity_endpoint(lookup(), "");
  ASSERT_FALSE(arc);
  EXPECT_EQ(arc.error().code, Code::invalid_argument);
  EXPECT_THAT(arc.error().message, HasSubstr("set _AAD_METHOD to client_secret or az"));
}

TEST_F(ManagedIdentityTest, imds_is_there_when_it_asks_for_its_header) {
  const auto endpoint = find_identity_endpoint(lookup(), "");
  const ManagedIdentity source(*endpoint, network, clock);
  network.expect("GET", imds, Response{.status = 400});
  EXPECT_TRUE(source.answers(network, {}));
  EXPECT_FALSE(network.requests()[0].headers.contains("Metadata"));
  network.expect("GET", imds, Response{.status = 404});  // as other clouds answer
  EXPECT_FALSE(source.answers(network, {}));
  network.expect("GET", imds, fail(Code::timeout, "nobody"));
  EXPECT_FALSE(source.answers(network, {}));
}

}  // namespace
}  // namespace dms
