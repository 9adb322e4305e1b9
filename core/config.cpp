#include "core/config.h"

#include <fmt/format.h>
#include <ini.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

#include "core/config_for.h"
#include "core/crypto.h"
#include "core/file.h"
#include "core/http.h"
#include "core/suggest.h"

namespace dms {
namespace {

enum class Need { always, for_shared_key, never };
enum class Content { text, base64_key, secret, url, auth_mode, aad_method };
// Who may read the environment's value.
enum class Reads { always, with_aad };

// One row per key of the file.
struct Key {
  std::string_view name;
  std::string Config::*member;  // null for those that are no text
  Need need;
  Content content;
  const char* variable;  // of the environment, which wins
  std::string_view comment;
  Reads reads = Reads::always;
};

// _AUTH_MODE stands before the keys that matter with one of its values only.
constexpr std::array<Key, 13> keys = {{
    {"_BATCH_ACCOUNT_NAME", &Config::batch_account_name, Need::always, Content::text, nullptr,
     "The Batch account"},
    {"_BATCH_ACCOUNT_KEY", &Config::batch_account_key, Need::for_shared_key, Content::base64_key,
     "BATCH_ACCOUNT_KEY", "One of its two keys; the environment's BATCH_ACCOUNT_KEY wins"},
    {"_BATCH_ACCOUNT_URL", &Config::batch_account_url, Need::always, Content::url, nullptr,
     "Its address"},
    {"_STORAGE_ACCOUNT_NAME", &Config::storage_account_name, Need::always, Content::text, nullptr,
     "The Storage account"},
    {"_STORAGE_ACCOUNT_KEY", &Config::storage_account_key, Need::for_shared_key,
     Content::base64_key, "STORAGE_ACCOUNT_KEY",
     "One of its two keys; the environment's STORAGE_ACCOUNT_KEY wins"},
    {"_STORAGE_ACCOUNT_DOMAIN", &Config::storage_account_domain, Need::never, Content::text,
     nullptr,
     "Its domain, or a base URL such as http://127.0.0.1:10000 with the account in the path"},
    {"_SUBSCRIPTION_ID", &Config::subscription_id, Need::never, Content::text,
     "AZURE_SUBSCRIPTION_ID",
     "The Batch account's subscription, for application packages; AZURE_SUBSCRIPTION_ID wins"},
    {"_AUTH_MODE", nullptr, Need::never, Content::auth_mode, nullptr,
     "How to sign in: shared_key or aad"},
    {"_AAD_METHOD", nullptr, Need::never, Content::aad_method, nullptr,
     "Where tokens come from: client_secret, managed_identity or az"},
    {"_AAD_TENANT_ID", &Config::aad_tenant_id, Need::never, Content::text, "AZURE_TENANT_ID",
     "The tenant, by id or domain; the environment's AZURE_TENANT_ID wins", Reads::with_aad},
    {"_AAD_CLIENT_ID", &Config::aad_client_id, Need::never, Content::text, "AZURE_CLIENT_ID",
     "The application or user-assigned identity; the environment's AZURE_CLIENT_ID wins",
     Reads::with_aad},
    {"_AAD_CLIENT_SECRET", &Config::aad_client_secret, Need::never, Content::secret,
     "AZURE_CLIENT_SECRET", "The application's secret; the environment's AZURE_CLIENT_SECRET wins",
     Reads::with_aad},
    {"_AAD_AUTHORITY", &Config::aad_authority, Need::never, Content::text, "AZURE_AUTHORITY_HOST",
     "Who gives the tokens; the environment's AZURE_AUTHORITY_HOST wins", Reads::with_aad},
}};

constexpr auto key_names = [] {
  std::array<std::string_view, keys.size()> names;
  for (std::size_t i = 0; i < keys.size(); ++i) names[i] = keys[i].name;
  return names;
}();

struct Entry {
  std::string section;
  std::string value;
  int line = 0;
};

// Hands inih the lines of a text. inih reads into a buffer of fixed size, 200 bytes as Debian
// builds it: so it gets the beginning of a line only, which holds its name, and the value is taken
// from the line itself. It takes a line that starts with a blank as the continuation of the value
// before it: so the blanks that a line of the file starts with are dropped.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  // As fgets: at most `size` - 1 characters and a NUL.
  static char* read(char* out, int size, void* self) {
    return static_cast<LineReader*>(self)->next({out, static_cast<std::size_t>(size)});
  }

  int line() const { return line_; }
  // What stands behind the name in this line.
  std::string_view value() const {
    const std::size_t separator = std::min(content_.find_first_of("=:"), content_.size());
    const std::size_t start = content_.find_first_not_of(blanks, separator + 1);
    return start == content_.npos ? "" : content_.substr(start);
  }

 private:
  static constexpr std::string_view blanks = " \t\r\v\f";

  char* next(std::span<char> out) {
    if (rest_.empty()) return nullptr;
    take_line();
    const std::size_t count = content_.copy(out.data(), out.size() - 2);
    out[count] = '\n';
    out[count + 1] = '\0';
    return out.data();
  }

  void take_line() {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    content_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_;
    content_.remove_prefix(std::min(content_.find_first_not_of(blanks), content_.size()));
    if (content_.starts_with('#') || content_.starts_with(';')) content_ = {};
    for (const char blank : blanks)
      content_ = content_.substr(0, content_.find(std::string{blank, ';'}));
    content_ = content_.substr(0, content_.find_last_not_of(blanks) + 1);
  }

  std::string_view rest_;
  std::string_view content_;  // of the line, without blanks around it and without its comment
  int line_ = 0;
};

// What the file says, and the first thing that is wrong with it.
struct Parse {
  LineReader reader;
  std::string path;
  std::map<std::string, Entry, std::less<>> entries = {};
  Status status = ok();

  Error wrong(int line, std::string_view what) const {
    return fail(Code::invalid_argument, fmt::format("{}:{}: {}", path, line, what));
  }

  Status add(std::string_view section, std::string_view name) {
    if (!name.starts_with('_')) return ok();
    const int line = reader.line();
    const auto known = entries.find(name);
    if (std::find(key_names.begin(), key_names.end(), name) == key_names.end())
      return wrong(
          line, fmt::format("unknown key '{}'{}", name, did_you_mean(name, std::span(key_names))));
    if (known != entries.end())
      return wrong(line, fmt::format("{} stands in line {} already", name, known->second.line));
    if (section != "DEFAULT")
      return wrong(line, fmt::format("{} must stand in the section [DEFAULT]", name));
    const std::string_view value = reader.value();
    if (value.find('\0') != value.npos)
      return wrong(line, fmt::format("the value of {} holds a zero byte", name));
    entries.emplace(name, Entry{std::string(section), std::string(value), line});
    return ok();
  }

  static int on_entry(void* user, const char* section, const char* name, const char*) {
    auto& self = *static_cast<Parse*>(user);
    if (self.status) self.status = self.add(section, name);
    return 1;
  }
};

Status parse_text(Parse& parse) {
  const int bad_line = ini_parse_stream(LineReader::read, &parse.reader, Parse::on_entry, &parse);
  DMS_CHECK(std::move(parse.status));
  if (bad_line > 0)
    return parse.wrong(bad_line,
                       "the line is neither 'NAME = value' nor '[SECTION]' nor a comment");
  if (bad_line < 0) return fail(Code::exhausted, "no memory to read " + parse.path);
  return ok();
}

// Where a value came from: "config.ini:3" or "the environment's BATCH_ACCOUNT_KEY".
struct Found {
  std::string value;
  std::string place;
};

std::optional<Found> find_value(const Parse& parse, const Key& key, AuthMode mode,
                                const Environment& environment) {
  if (key.variable && (key.reads == Reads::always || mode == AuthMode::aad)) {
    const auto value = environment(key.variable);
    if (value && !value->empty())
      return Found{*value, fmt::format("the environment's {}", key.variable)};
  }
  const auto entry = parse.entries.find(key.name);
  if (entry == parse.entries.end() || entry->second.value.empty()) return std::nullopt;
  return Found{entry->second.value, fmt::format("{}:{}", parse.path, entry->second.line)};
}

Error wrong(const Found& found, std::string_view what) {
  return fail(Code::invalid_argument, fmt::format("{}: {}", found.place, what));
}

template <class Enum>
Status store_word(const Key& key, const Found& found, std::string_view choices, Enum& out) {
  const auto parsed = parse_word<Enum>(found.value);
  if (!parsed)
    return wrong(found, fmt::format("{} is '{}'; it must be {}", key.name, found.value, choices));
  out = *parsed;
  return ok();
}

Status store(const Key& key, const Found& found, Config& config) {
  if (key.content == Content::auth_mode)
    return store_word(key, found, "shared_key or aad", config.auth_mode);
  if (key.content == Content::aad_method)
    return store_word(key, found, "client_secret, managed_identity, az or automatic",
                      config.aad_method);
  if (key.content == Content::base64_key && !base64_decode(found.value))
    return wrong(found,
                 fmt::format("the value of {} is not Base64; copy the key again, whole", key.name));
  std::string value = found.value;
  const bool is_url = key.content == Content::url ||
                      (key.content == Content::text && value.find("://") != value.npos);
  if (is_url) {
    DMS_CHECK(Url::parse(value).context(fmt::format("{}: {}", found.place, key.name)));
    while (value.ends_with('/')) value.pop_back();
  }
  config.*key.member = value;
  return ok();
}

bool belongs_to(const Key& key, Accounts accounts) {
  if (key.name.starts_with("_BATCH_")) return accounts != Accounts::storage;
  if (key.name.starts_with("_STORAGE_")) return accounts != Accounts::batch;
  return true;
}

bool is_needed(const Key& key, const Config& config, Accounts accounts) {
  return belongs_to(key, accounts) &&
         (key.need == Need::always ||
          (key.need == Need::for_shared_key && config.auth_mode == AuthMode::shared_key));
}

std::string_view commands_of(Accounts accounts) {
  switch (accounts) {
    case Accounts::batch: return ", which commands for Batch need";
    case Accounts::storage: return ", which commands for storage need";
    case Accounts::both: return {};
  }
  return {};
}

Status check_complete(const Parse& parse, const Config& config, Accounts accounts) {
  for (const auto& key : keys) {
    if (!key.member || !is_needed(key, config, accounts) || !(config.*key.member).empty()) continue;
    const std::string hint =
        key.variable ? fmt::format(" (or the environment's {})", key.variable) : "";
    return fail(Code::invalid_argument,
                fmt::format("{} has no {}{}{}; add it to its [DEFAULT] section", parse.path,
                            key.name, hint, commands_of(accounts)));
  }
  return ok();
}

void warn_of_mode(const Parse& parse, Config& config) {
  const bool holds_key = std::any_of(keys.begin(), keys.end(), [&](const Key& key) {
    const auto entry = parse.entries.find(key.name);
    return (key.content == Content::base64_key || key.content == Content::secret) &&
           entry != parse.entries.end() && !entry->second.value.empty();
  });
  struct stat info {};
  if (!holds_key || ::stat(parse.path.c_str(), &info) != 0 || (info.st_mode & 077) == 0) return;
  config.warnings.push_back(fmt::format(
      "{} holds a key or secret and others may read it: chmod 600 {}", parse.path, parse.path));
}

// As it is written to a file; empty for what is left out.
std::string value_of(const Key& key, const Config& config) {
  if (key.content == Content::auth_mode) return std::string(text_of(config.auth_mode));
  if (key.content != Content::aad_method) return config.*key.member;
  if (config.aad_method == AadMethod::automatic) return {};
  return std::string(text_of(config.aad_method));
}

}  // namespace

std::string Config::blob_endpoint() const {
  if (storage_account_domain.find("://") != std::string::npos)
    return storage_account_domain + "/" + storage_account_name;
  return fmt::format("https://{}.{}", storage_account_name, storage_account_domain);
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

Result<Config> load_config(const std::string& path, const Environment& environment) {
  return load_config_for(Accounts::both, path, environment);
}

Result<Config> load_config_for(Accounts accounts, const std::string& path,
                               const Environment& environment) {
  DMS_TRY(const std::string text, read_file(path).context("reading the configuration"));
  return parse_config_for(accounts, text, path, environment);
}

Result<Config> parse_config(std::string_view text, const std::string& path,
                            const Environment& environment) {
  return parse_config_for(Accounts::both, text, path, environment);
}

Result<Config> parse_config_for(Accounts accounts, std::string_view text, const std::string& path,
                                const Environment& environment) {
  Parse parse{LineReader(text), path};
  DMS_CHECK(parse_text(parse));
  Config config{.source_path = path};
  for (const auto& key : keys)
    if (const auto found = find_value(parse, key, config.auth_mode, environment))
      DMS_CHECK(store(key, *found, config));
  DMS_CHECK(check_complete(parse, config, accounts));
  warn_of_mode(parse, config);
  return config;
}

std::string blank_config() {
  std::string text =
      "# Accounts and keys of dmsbatch. Keep this file to yourself (mode 0600).\n[DEFAULT]\n";
  for (const auto& key : keys) {
    if (key.content == Content::aad_method) break;  // those from here on are seldom needed
    const std::string value = value_of(key, Config{});
    text +=
        fmt::format("\n# {}.\n{} ={}{}\n", key.comment, key.name, value.empty() ? "" : " ", value);
  }
  return text;
}

Result<std::string> format_config(const std::string& path, const Config& config) {
  std::string text =
      "# Accounts and keys of dmsbatch. Keep this file to yourself (mode 0600).\n[DEFAULT]\n";
  for (const auto& key : keys) {
    const std::string value = value_of(key, config);
    // What would be read back as something else: a second line, a comment, blanks at the ends.
    if (value.find_first_of("\r\n;") != value.npos || value.starts_with(' ') ||
        value.ends_with(' '))
      return fail(Code::invalid_argument,
                  fmt::format("the value of {} cannot stand in {}: it holds a line break, a ';' or "
                              "blanks at its ends",
                              key.name, path));
    if (!value.empty()) text += fmt::format("\n# {}.\n{} = {}\n", key.comment, key.name, value);
  }
  return text;
}

Status write_config(const std::string& path, const Config& config) {
  DMS_TRY(const std::string text, format_config(path, config));
  return write_file_atomic(path, text, 0600);
}

}  // namespace dms
