#include "core/config_for.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "core/crypto.h"
#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string batch_key = base64_encode(std::string(64, '\xfe'));
const std::string storage_key = base64_encode(std::string(64, '\xff'));

class ConfigTest : public testing::Test {
 protected:
  std::string full() const {
    return "[DEFAULT]\n_BATCH_ACCOUNT_NAME = mybatch\n_BATCH_ACCOUNT_KEY = " + batch_key +
           "\n_BATCH_ACCOUNT_URL = https://mybatch.westus2.batch.azure.com/\n"
           "_STORAGE_ACCOUNT_NAME = mystorage\n_STORAGE_ACCOUNT_KEY = " +
           storage_key + "\n";
  }

  Result<Config> load(const std::string& text, mode_t mode = 0600) {
    EXPECT_TRUE(write_file_atomic(path, text, mode));
    return load_config(path, [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      if (found == environment.end()) return std::nullopt;
      return found->second;
    });
  }

  std::string message(const std::string& text) {
    const auto config = load(text);
    if (config) return "no error";
    EXPECT_EQ(config.error().code, Code::invalid_argument);
    EXPECT_THAT(config.error().message, Not(HasSubstr(batch_key)));
    EXPECT_THAT(config.error().message, Not(HasSubstr(storage_key)));
    return config.error().message;
  }

  TempDirectory directory;
  std::string path = directory / "config.ini";
  std::map<std::string, std::string> environment;
};

TEST_F(ConfigTest, reads_accounts_keys_and_the_mode) {
  const auto config = load(full() +
                           "_STORAGE_ACCOUNT_DOMAIN = blob.core.usgovcloudapi.net\n"
                           "_AUTH_MODE = aad\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->batch_account_name, "mybatch");
  EXPECT_EQ(config->batch_account_key, batch_key);
  EXPECT_EQ(config->batch_account_url, "https://mybatch.westus2.batch.azure.com");
  EXPECT_EQ(config->storage_account_name, "mystorage");
  EXPECT_EQ(config->storage_account_key, storage_key);
  EXPECT_EQ(config->storage_account_domain, "blob.core.usgovcloudapi.net");
  EXPECT_EQ(config->auth_mode, AuthMode::aad);
  EXPECT_EQ(config->source_path, path);
  EXPECT_TRUE(config->warnings.empty());
}

TEST_F(ConfigTest, has_defaults_for_the_domain_and_the_mode) {
  const auto config = load(full());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->auth_mode, AuthMode::shared_key);
  EXPECT_EQ(config->blob_endpoint(), "https://mystorage.blob.core.windows.net");
}

TEST_F(ConfigTest, takes_a_base_url_as_path_style) {
  const auto config = load(full() + "_STORAGE_ACCOUNT_DOMAIN = http://127.0.0.1:10000/\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->blob_endpoint(), "http://127.0.0.1:10000/mystorage");
}

TEST_F(ConfigTest, lets_the_environment_win) {
  environment["BATCH_ACCOUNT_KEY"] = "AAAA";
  environment["STORAGE_ACCOUNT_KEY"] = "";
  const auto config = load(full());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->batch_account_key, "AAAA");
  EXPECT_EQ(config->storage_account_key, storage_key);
  environment["BATCH_ACCOUNT_KEY"] = "not base64";
  EXPECT_THAT(message(full()), HasSubstr("the environment's BATCH_ACCOUNT_KEY"));
}

TEST_F(ConfigTest, needs_no_batch_key_with_aad) {
  std::string text = full() + "_AUTH_MODE = aad\n";
  text.erase(text.find("_BATCH_ACCOUNT_KEY"), 22 + batch_key.size());
  EXPECT_TRUE(load(text));
}

TEST_F(ConfigTest, reads_where_tokens_come_from) {
  EXPECT_EQ(load(full())->aad_method, AadMethod::automatic);
  const auto config = load(full() +
                           "_AUTH_MODE = aad\n_AAD_METHOD = client_secret\n"
                           "_AAD_TENANT_ID = contoso.com\n_AAD_CLIENT_ID = app\n"
                           "_AAD_CLIENT_SECRET = a://b;c~/\n"
                           "_AAD_AUTHORITY = https://login.microsoftonline.us/\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->aad_method, AadMethod::client_secret);
  EXPECT_EQ(config->aad_tenant_id, "contoso.com");
  EXPECT_EQ(config->aad_client_id, "app");
  EXPECT_EQ(config->aad_client_secret, "a://b;c~/");
  EXPECT_EQ(config->aad_authority, "https://login.microsoftonline.us");
  EXPECT_THAT(message("[DEFAULT]\n_AAD_METHOD = kerberos\n"),
              HasSubstr(":2: _AAD_METHOD is 'kerberos'; it must be client_secret, "));
}

TEST_F(ConfigTest, the_environments_identity_wins_with_aad_and_is_not_read_without) {
  environment = {{"AZURE_TENANT_ID", "t"},
                 {"AZURE_CLIENT_ID", "c"},
                 {"AZURE_CLIENT_SECRET", "from-environment"},
                 {"AZURE_AUTHORITY_HOST", "login.microsoftonline.us"}};
  const std::string text = full() + "_AAD_CLIENT_SECRET = from-file\n";
  EXPECT_EQ(load(text)->aad_client_secret, "from-file");
  EXPECT_EQ(load(text)->aad_tenant_id, "");
  const auto config = load(text + "_AUTH_MODE = aad\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->aad_client_secret, "from-environment");
  EXPECT_EQ(config->aad_tenant_id, "t");
  EXPECT_EQ(config->aad_client_id, "c");
  EXPECT_EQ(config->aad_authority, "login.microsoftonline.us");
}

TEST_F(ConfigTest, names_the_file_and_the_key_that_is_missing) {
  std::string text = full();
  text.erase(text.find("_STORAGE_ACCOUNT_NAME"), 34);
  EXPECT_EQ(message(text), path + " has no _STORAGE_ACCOUNT_NAME; add it to its [DEFAULT] section");
  EXPECT_THAT(message("[DEFAULT]\n_BATCH_ACCOUNT_NAME = a\n_BATCH_ACCOUNT_KEY =\n"),
              HasSubstr("_BATCH_ACCOUNT_KEY (or the environment's BATCH_ACCOUNT_KEY)"));
}

TEST_F(ConfigTest, needs_the_keys_of_the_accounts_that_a_command_speaks_to) {
  const std::string batch = "[DEFAULT]\n_BATCH_ACCOUNT_NAME = a\n_BATCH_ACCOUNT_URL = https://b\n";
  const std::string storage = "[DEFAULT]\n_STORAGE_ACCOUNT_NAME = c\n";
  const auto outcome = [&](const std::string& text, Accounts accounts) {
    const auto config = parse_config_for(
        accounts, text, "c.ini", [this](const std::string& name) -> std::optional<std::string> {
          const auto found = environment.find(name);
          return found == environment.end() ? std::nullopt : std::optional(found->second);
        });
    return config ? "" : config.error().message;
  };
  environment = {{"BATCH_ACCOUNT_KEY", batch_key}, {"STORAGE_ACCOUNT_KEY", storage_key}};
  EXPECT_EQ(outcome(storage, Accounts::storage), "");
  EXPECT_EQ(outcome(batch, Accounts::batch), "");
  EXPECT_EQ(outcome(storage, Accounts::batch),
            "c.ini has no _BATCH_ACCOUNT_NAME, which commands for Batch need; add it to its "
            "[DEFAULT] section");
  EXPECT_EQ(outcome(batch, Accounts::storage),
            "c.ini has no _STORAGE_ACCOUNT_NAME, which commands for storage need; add it to its "
            "[DEFAULT] section");
  EXPECT_THAT(outcome(storage, Accounts::both), HasSubstr("_BATCH_ACCOUNT_NAME"));
  EXPECT_THAT(outcome(batch, Accounts::both), HasSubstr("_STORAGE_ACCOUNT_NAME"));
  environment.clear();
  EXPECT_THAT(outcome(storage, Accounts::storage), HasSubstr("_STORAGE_ACCOUNT_KEY"));
  EXPECT_EQ(outcome(storage + "_AUTH_MODE = aad\n", Accounts::storage), "");
}

TEST_F(ConfigTest, names_the_line_of_an_unknown_key_and_the_nearest_known_one) {
  EXPECT_EQ(message("# note\n[DEFAULT]\n_BATCH_ACOUNT_NAME = x\n"),
            path + ":3: unknown key '_BATCH_ACOUNT_NAME' (did you mean '_BATCH_ACCOUNT_NAME'?)");
  EXPECT_EQ(message("[DEFAULT]\n_zzz = x\n"), path + ":2: unknown key '_zzz'");
  EXPECT_THAT(message("[DEFAULT]\n_auth_mode = aad\n"), HasSubstr("did you mean '_AUTH_MODE'?"));
}

TEST_F(ConfigTest, leaves_other_keys_and_sections_to_the_user) {
  EXPECT_TRUE(load("[mine]\nname = 1\n" + full() + "other = 2\n[more]\nx: y\n"));
}

TEST_F(ConfigTest, refuses_a_key_given_twice_or_elsewhere) {
  EXPECT_EQ(message(full() + "_BATCH_ACCOUNT_NAME = two\n"),
            path + ":7: _BATCH_ACCOUNT_NAME stands in line 2 already");
  EXPECT_EQ(message("[azure]\n_BATCH_ACCOUNT_NAME = x\n"),
            path + ":2: _BATCH_ACCOUNT_NAME must stand in the section [DEFAULT]");
}

TEST_F(ConfigTest, refuses_values_that_cannot_be_right) {
  EXPECT_THAT(message("[DEFAULT]\n_AUTH_MODE = kerberos\n"),
              HasSubstr(":2: _AUTH_MODE is 'kerberos'"));
  EXPECT_THAT(message("[DEFAULT]\n_BATCH_ACCOUNT_URL = mybatch.azure.com\n"),
              HasSubstr(":2: _BATCH_ACCOUNT_URL: 'mybatch.azure.com' is not"));
  EXPECT_THAT(message("[DEFAULT]\n\n_BATCH_ACCOUNT_KEY = secret\n"),
              testing::AllOf(HasSubstr(":3: the value of _BATCH_ACCOUNT_KEY is not Base64"),
                             Not(HasSubstr("secret"))));
}

TEST_F(ConfigTest, names_a_line_that_is_no_entry) {
  EXPECT_THAT(message("[DEFAULT]\n; fine\nnonsense\n"), HasSubstr(path + ":3: "));
  // The line after one that is longer than the parser's buffer still has its right number.
  EXPECT_THAT(message("[DEFAULT]\na = " + std::string(1000, 'x') + "\nnonsense\n"),
              HasSubstr(path + ":3: "));
}

TEST_F(ConfigTest, reads_comments_blanks_and_windows_line_ends) {
  std::string text =
      "\xef\xbb\xbf# head\r\n[DEFAULT]\r\n  _BATCH_ACCOUNT_NAME=mybatch ; mine\r\n"
      "_BATCH_ACCOUNT_KEY = " +
      batch_key +
      " ; the first = of two\r\n"
      "_BATCH_ACCOUNT_URL = https://b\r\n_STORAGE_ACCOUNT_NAME = s\r\n"
      "_STORAGE_ACCOUNT_KEY = " +
      storage_key;
  const auto config = load(text);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->batch_account_name, "mybatch");
  EXPECT_EQ(config->batch_account_key, batch_key);
  EXPECT_EQ(config->storage_account_key, storage_key);
}

TEST_F(ConfigTest, reads_values_and_comments_of_any_length) {
  const std::string long_key = base64_encode(std::string(5000, '\xab'));
  std::string text = full();
  text.replace(text.find(storage_key), storage_key.size(),
               long_key + " ; " + std::string(999, 'c'));
  text.insert(10, "# _AUTH_MODE = " + std::string(1000, '#') + " _AUTH_MODE = x\n");
  const auto config = load(text);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->storage_account_key, long_key);
  EXPECT_EQ(config->batch_account_key, batch_key);
}

TEST_F(ConfigTest, keeps_what_stands_anywhere_in_a_long_value) {
  std::string domain = "d";
  for (int i = 0; i < 100; ++i) domain += " #x";
  for (int lead = 0; lead < 3; ++lead) {
    const auto config = load(full() + "_STORAGE_ACCOUNT_DOMAIN = " + domain + "\n");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->storage_account_domain, domain);
    domain.insert(0, "e");
  }
}

TEST_F(ConfigTest, refuses_a_value_with_a_zero_byte) {
  EXPECT_THAT(message(full() + "_STORAGE_ACCOUNT_DOMAIN = a" + std::string(1, '\0') + "b\n"),
              HasSubstr(":7: the value of _STORAGE_ACCOUNT_DOMAIN holds a zero byte"));
}

TEST_F(ConfigTest, warns_when_others_may_read_a_key) {
  const auto config = load(full(), 0640);
  ASSERT_TRUE(config);
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_THAT(config->warnings[0], HasSubstr("chmod 600 " + path));
  EXPECT_THAT(config->warnings[0], Not(HasSubstr(batch_key)));
}

TEST_F(ConfigTest, warns_when_others_may_read_a_client_secret) {
  environment = {{"BATCH_ACCOUNT_KEY", batch_key}, {"STORAGE_ACCOUNT_KEY", storage_key}};
  const auto config = load(
      "[DEFAULT]\n_BATCH_ACCOUNT_NAME = a\n_BATCH_ACCOUNT_URL = https://b\n"
      "_STORAGE_ACCOUNT_NAME = c\n_AAD_CLIENT_SECRET = geheim\n",
      0644);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_THAT(config->warnings[0], AllOf(HasSubstr("chmod 600"), Not(HasSubstr("geheim"))));
}

TEST_F(ConfigTest, does_not_warn_about_a_file_without_keys) {
  environment["BATCH_ACCOUNT_KEY"] = batch_key;
  environment["STORAGE_ACCOUNT_KEY"] = storage_key;
  const auto config = load(
      "[DEFAULT]\n_BATCH_ACCOUNT_NAME = a\n_BATCH_ACCOUNT_URL = https://b\n_BATCH_ACCOUNT_KEY =\n"
      "_STORAGE_ACCOUNT_NAME = c\n",
      0644);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->warnings.empty());
}

TEST_F(ConfigTest, says_which_file_is_not_there) {
  const auto config = load_config(directory / "none.ini");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Code::not_found);
  EXPECT_THAT(config.error().message, HasSubstr("none.ini"));
}

TEST_F(ConfigTest, reads_back_what_it_wrote_with_mode_0600) {
  Config written = load(full()).value();
  written.storage_account_domain = "http://127.0.0.1:10000";
  written.auth_mode = AuthMode::aad;
  written.aad_method = AadMethod::managed_identity;
  written.aad_client_secret = "geheim";
  ASSERT_TRUE(write_config(directory / "new.ini", written));
  const auto read = load_config(directory / "new.ini", [](auto&) { return std::nullopt; });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->batch_account_key, batch_key);
  EXPECT_EQ(read->batch_account_url, written.batch_account_url);
  EXPECT_EQ(read->blob_endpoint(), "http://127.0.0.1:10000/mystorage");
  EXPECT_EQ(read->auth_mode, AuthMode::aad);
  EXPECT_EQ(read->aad_method, AadMethod::managed_identity);
  EXPECT_EQ(read->aad_client_secret, "geheim");
  EXPECT_TRUE(read->warnings.empty());
  struct stat info {};
  ASSERT_EQ(::stat((directory / "new.ini").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(ConfigTest, does_not_write_a_value_that_would_read_as_another) {
  Config config = load(full()).value();
  config.batch_account_name = "a\n_AUTH_MODE = aad";
  EXPECT_EQ(write_config(path, config).error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace dms
