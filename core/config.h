// The configuration file: accounts, keys and addresses.
//
// An INI file with a [DEFAULT] section, the same that users of the Python dmsbatch have:
//
//   [DEFAULT]
//   _BATCH_ACCOUNT_NAME = mybatch
//   _BATCH_ACCOUNT_KEY = <Base64>                           ; not needed with _AUTH_MODE = aad
//   _BATCH_ACCOUNT_URL = https://mybatch.westus2.batch.azure.com
//   _STORAGE_ACCOUNT_NAME = mystorage
//   _STORAGE_ACCOUNT_KEY = <Base64>
//   _STORAGE_ACCOUNT_DOMAIN = blob.core.windows.net         ; the default
//   _SUBSCRIPTION_ID = <id>                                 ; for application packages only
//   _AUTH_MODE = shared_key                                 ; the default, or aad
//
// and, for _AUTH_MODE = aad, where tokens come from, each of which may be left out:
//
//   _AAD_METHOD = client_secret                 ; or managed_identity, or az; see core/auth
//   _AAD_TENANT_ID = <id or domain>
//   _AAD_CLIENT_ID = <id of the application, or of a user-assigned identity>
//   _AAD_CLIENT_SECRET = <value>
//   _AAD_AUTHORITY = https://login.microsoftonline.com    ; the default of the public cloud
//
// Keys without a leading underscore, and other sections, are the user's own and ignored.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.h"
#include "core/result.h"

namespace dms {

enum class AuthMode { shared_key, aad };

constexpr auto words(AuthMode) {
  return std::array{word(AuthMode::shared_key, "shared_key"), word(AuthMode::aad, "aad")};
}

enum class AadMethod { automatic, client_secret, managed_identity, az };

constexpr auto words(AadMethod) {
  return std::array{
      word(AadMethod::automatic, "automatic"), word(AadMethod::client_secret, "client_secret"),
      word(AadMethod::managed_identity, "managed_identity"), word(AadMethod::az, "az")};
}

struct Config {
  std::string batch_account_name;
  std::string batch_account_key;  // Base64
  std::string batch_account_url;  // without a final '/'
  std::string storage_account_name;
  std::string storage_account_key;  // Base64
  // A domain ("blob.core.windows.net"), or a base URL for path style ("http://127.0.0.1:10000").
  std::string storage_account_domain = "blob.core.windows.net";
  std::string subscription_id;
  AuthMode auth_mode = AuthMode::shared_key;

  AadMethod aad_method = AadMethod::automatic;
  std::string aad_tenant_id;
  std::string aad_client_id;
  std::string aad_client_secret;
  std::string aad_authority;  // without a final '/'; empty: that of the account's cloud

  std::string source_path;            // the file it was read from
  std::vector<std::string> warnings;  // for the user, no secrets in them

  // "https://{account}.{domain}", or "{base}/{account}" for path style.
  std::string blob_endpoint() const;
};

// The value of an environment variable, or nothing when it is unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
// The environment of this process.
std::optional<std::string> process_environment(const std::string& name);

// A configuration file to be filled in: the keys that an account needs, with a comment each.
std::string blank_config();

// Reads the file; BATCH_ACCOUNT_KEY, STORAGE_ACCOUNT_KEY and AZURE_SUBSCRIPTION_ID of the
// environment win over its keys,
// and with _AUTH_MODE = aad so do AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and
// AZURE_AUTHORITY_HOST over the _AAD_ ones. A file that holds a key or secret and that others may
// read gives a warning.
//
// Errors: not_found and permission from the file itself; invalid_argument, with file and line, for
// a line that is no entry, an unknown key with a leading underscore (with the nearest known one), a
// key given twice or outside [DEFAULT], a URL or a Base64 key that is none; and, with the file and
// the key, for one that is missing.
Result<Config> load_config(const std::string& path,
                           const Environment& environment = process_environment);

// The same of a file's text; `path` is named in messages, and the mode of what is there is looked
// at.
Result<Config> parse_config(std::string_view text, const std::string& path,
                            const Environment& environment);

// Writes the file with mode 0600, atomically: readers see the old one or the new one.
// Errors: those of write_file_atomic; invalid_argument for a value that a line cannot hold.
Status write_config(const std::string& path, const Config& config);

// The text that write_config writes. Errors: invalid_argument for a value that a line cannot hold.
Result<std::string> format_config(const std::string& path, const Config& config);

}  // namespace dms
