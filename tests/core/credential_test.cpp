// Which source of tokens a configuration and a machine lead to.
#include "core/auth/credential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/fake_az.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_transport.h"

namespace dms {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string asked_resource = "https://batch.core.windows.net/";
const std::string imds = "http://169.254.169.254/metadata/identity/oauth2/token";

class CredentialTest : public testing::Test {
 protected:
  Result<std::unique_ptr<TokenSource>> make() {
    return make_token_source(
        config, "https://login.example",
        {.network = network,
         .metadata = metadata,
         .probe = probe,
         .environment = [this](const std::string& name) -> std::optional<std::string> {
           const auto found = environment.find(name);
           if (found == environment.end()) return std::nullopt;
           return found->second;
         },
         .az = az.path()},
        clock);
  }

  std::string outcome() {
    auto source = make();
    if (!source) return source.error().message;
    const auto token = (*source)->token(asked_resource, {});
    return token ? token->text : token.error().message;
  }

  static Response granting(const std::string& text) {
    return {.status = 200, .body = R"({"expires_in":3600,"access_token":")" + text + "\"}"};
  }

  void set_secret() {
    config.aad_tenant_id = "t";
    config.aad_client_id = "c";
    config.aad_client_secret = "geheim";
  }

  Config config;
  std::map<std::string, std::string> environment;
  ScriptedTransport network, metadata, probe;
  FakeAz az{R"(echo '{"accessToken":"by-az","expires_on":1795222222}')"};
  FakeClock clock;
};

TEST_F(CredentialTest, a_client_secret_comes_first) {
  set_secret();
  environment = {{"IDENTITY_ENDPOINT", "http://localhost/x"}, {"IDENTITY_HEADER", "h"}};
  network.expect("POST", "https://login.example/t/oauth2/v2.0/token", granting("by-secret"));
  EXPECT_EQ(outcome(), "by-secret");
}

TEST_F(CredentialTest, an_authority_of_the_configuration_wins) {
  set_secret();
  config.aad_authority = "https://login.microsoftonline.us";
  network.expect("POST", "https://login.microsoftonline.us/t/oauth2/v2.0/token", granting("us"));
  EXPECT_EQ(outcome(), "us");
}

TEST_F(CredentialTest, a_secret_without_its_tenant_is_an_error_and_not_another_method) {
  config.aad_client_secret = "geheim";
  EXPECT_THAT(outcome(), AllOf(HasSubstr("_AAD_TENANT_ID"), testing::Not(HasSubstr("geheim"))));
}

TEST_F(CredentialTest, a_method_that_is_named_is_the_only_one) {
  set_secret();
  config.aad_method = AadMethod::az;
  EXPECT_EQ(outcome(), "by-az");
  config.aad_method = AadMethod::managed_identity;
  metadata.expect("GET", imds, granting("by-imds"));
  EXPECT_EQ(outcome(), "by-imds");
  metadata.expect("GET", imds, Response{.status = 400});
  EXPECT_THAT(outcome(), HasSubstr("assigned to this machine"));
  config.aad_method = AadMethod::client_secret;
  config.aad_client_secret.clear();
  EXPECT_THAT(outcome(), HasSubstr("_AAD_CLIENT_SECRET"));
}

TEST_F(CredentialTest, an_app_uses_its_identity_alone) {
  environment = {{"IDENTITY_ENDPOINT", "http://localhost/x"}, {"IDENTITY_HEADER", "h"}};
  metadata.expect("GET", "http://localhost/x", granting("by-app"));
  EXPECT_EQ(outcome(), "by-app");
  metadata.expect("GET", "http://localhost/x", Response{.status = 403});
  EXPECT_THAT(outcome(), HasSubstr("gave no token"));
  EXPECT_EQ(az.arguments(), "");
}

TEST_F(CredentialTest, a_machine_uses_its_identity_and_is_probed_once) {
  probe.expect("GET", imds, Response{.status = 400});
  metadata.expect("GET", imds, granting("one"));
  metadata.expect("GET", imds, granting("two"));
  const auto source = make().value();
  EXPECT_EQ(source->token(asked_resource, {}).value().text, "one");
  EXPECT_EQ(source->token(asked_resource, {}).value().text, "two");
}

TEST_F(CredentialTest, az_comes_last_and_stays) {
  probe.expect("GET", imds, fail(Code::unavailable, "no route"));
  const auto source = make().value();
  EXPECT_EQ(source->token(asked_resource, {}).value().text, "by-az");
  EXPECT_EQ(source->token(asked_resource, {}).value().text, "by-az");
}

TEST_F(CredentialTest, a_machine_without_an_identity_may_have_a_user) {
  probe.expect("GET", imds, Response{.status = 400});
  metadata.expect("GET", imds, Response{.status = 400});
  EXPECT_EQ(outcome(), "by-az");
}

TEST_F(CredentialTest, an_identity_that_is_busy_is_waited_for) {
  probe.expect("GET", imds, Response{.status = 400});
  metadata.expect("GET", imds, Response{.status = 429});
  EXPECT_THAT(outcome(), HasSubstr("HTTP status 429"));
  EXPECT_EQ(az.arguments(), "");
}

TEST_F(CredentialTest, tells_all_that_was_tried) {
  const FakeAz none("echo \"ERROR: Please run 'az login'\" >&2; exit 1");
  probe.expect("GET", imds, fail(Code::unavailable, "no route"));
  const auto source = make_token_source(config, "https://login.example",
                                        {.network = network,
                                         .metadata = metadata,
                                         .probe = probe,
                                         .environment = [](auto&) { return std::nullopt; },
                                         .az = none.path()},
                                        clock)
                          .value();
  const auto token = source->token(asked_resource, {});
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Code::permission);
  EXPECT_THAT(token.error().message,
              AllOf(HasSubstr("no client secret is set and no managed identity answers"),
                    HasSubstr("run 'az login'")));
}

TEST_F(CredentialTest, with_its_own_connections_sends_nothing_before_it_is_asked) {
  set_secret();
  EXPECT_TRUE(Credential::create(config, "https://login.example", clock));
  config.aad_tenant_id = "no tenant";
  const auto wrong = Credential::create(config, "https://login.example", clock);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("'no tenant'"));
}

}  // namespace
}  // namespace dms
