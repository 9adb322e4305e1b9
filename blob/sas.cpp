#include "blob/sas.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "blob/errors.h"
#include "core/crypto.h"

namespace dms::blob {
namespace {

struct FieldRow {
  std::string_view name;
  std::string SasFields::*member;
};

// Every field that a URL may hold, in the order in which it is written.
constexpr std::array<FieldRow, 15> field_rows{{
    {"sv", &SasFields::sv},
    {"st", &SasFields::st},
    {"se", &SasFields::se},
    {"sr", &SasFields::sr},
    {"sp", &SasFields::sp},
    {"sip", &SasFields::sip},
    {"spr", &SasFields::spr},
    {"si", &SasFields::si},
    {"ses", &SasFields::ses},
    {"rscc", &SasFields::rscc},
    {"rscd", &SasFields::rscd},
    {"rsce", &SasFields::rsce},
    {"rscl", &SasFields::rscl},
    {"rsct", &SasFields::rsct},
    {"sig", &SasFields::sig},
}};

// Versions are dates, so their texts sort as they do.
constexpr std::string_view first_version = "2015-04-05";
constexpr std::string_view version_with_resource = "2018-11-09";
constexpr std::string_view version_with_scope = "2020-12-06";

bool is_version(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9')) return false;
  return true;
}

// A signature's times have whole seconds.
std::string sas_time(Timestamp time) {
  return Timestamp{std::chrono::floor<std::chrono::seconds>(time.at)}.iso8601();
}

// Reads the four forms that a SAS may use: a date, and a time to the minute, second or fraction.
Result<Timestamp> parse_sas_time(std::string text) {
  constexpr std::size_t date_length = 10, minute_length = 17;
  if (text.size() == date_length) text += "T00:00:00Z";
  if (text.size() == minute_length && text.back() == 'Z') text.insert(minute_length - 1, ":00");
  return Timestamp::parse(text);
}

Error refused(std::string message) {
  return blob_error("AuthenticationFailed", std::move(message));
}

std::string sign(SasFields fields, const SharedKey& key, std::string_view container,
                 std::string_view blob) {
  fields.sig = signature(key, sas_string_to_sign(fields, key.account, container, blob));
  Query query;
  for (const auto& [name, member] : field_rows)
    if (!(fields.*member).empty()) query.emplace_back(name, fields.*member);
  return format_query(query);
}

SasFields fields_of(const SasOptions& options, std::string resource) {
  SasFields fields;
  fields.sv = options.version;
  if (options.start) fields.st = sas_time(*options.start);
  fields.se = sas_time(options.expiry);
  fields.sr = std::move(resource);
  fields.sp = options.permissions;
  return fields;
}

Status check_times(const SasFields& fields, Timestamp now) {
  auto expiry = parse_sas_time(fields.se);
  if (!expiry) return refused("the signature's expiry cannot be read: '" + fields.se + "'");
  if (now >= *expiry) return refused("the signature expired at " + fields.se);
  if (fields.st.empty()) return ok();
  auto start = parse_sas_time(fields.st);
  if (!start) return refused("the signature's start cannot be read: '" + fields.st + "'");
  if (now < *start) return refused("the signature is not valid before " + fields.st);
  return ok();
}

// An IPv4 address as a number that sorts.
std::optional<std::uint32_t> address_number(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

bool address_allowed(std::string_view range, std::string_view client) {
  const auto dash = range.find('-');
  const auto low = address_number(range.substr(0, dash));
  const auto high = dash == range.npos ? low : address_number(range.substr(dash + 1));
  const auto address = address_number(client);
  return low && high && address && *low <= *address && *address <= *high;
}

}  // namespace

std::string sas_string_to_sign(const SasFields& fields, std::string_view account,
                               std::string_view container, std::string_view blob) {
  std::string resource = "/blob/" + std::string(account) + "/" + std::string(container);
  if (fields.sr != "c") resource += "/" + std::string(blob);
  std::string text = fields.sp;
  const auto add = [&text](std::string_view line) { text.append("\n").append(line); };
  add(fields.st);
  add(fields.se);
  add(resource);
  add(fields.si);
  add(fields.sip);
  add(fields.spr);
  add(fields.sv);
  if (fields.sv >= version_with_resource) {
    add(fields.sr);
    add({});  // the snapshot's time, for sr=bs only
  }
  if (fields.sv >= version_with_scope) add(fields.ses);
  add(fields.rscc);
  add(fields.rscd);
  add(fields.rsce);
  add(fields.rscl);
  add(fields.rsct);
  return text;
}

std::string make_container_sas(const SharedKey& key, std::string_view container,
                               const SasOptions& options) {
  return sign(fields_of(options, "c"), key, container, {});
}

std::string make_blob_sas(const SharedKey& key, std::string_view container, std::string_view blob,
                          const SasOptions& options) {
  return sign(fields_of(options, "b"), key, container, blob);
}

Result<std::optional<SasFields>> parse_sas(const Query& query) {
  SasFields fields;
  const auto is_signature = [](const auto& pair) { return pair.first == "sig"; };
  if (std::none_of(query.begin(), query.end(), is_signature)) return std::optional<SasFields>{};
  for (const auto& [name, value] : query) {
    if (name == "ss" || name == "srt" || name == "skoid")
      return refused("only service signatures are understood here, not '" + name + "'");
    for (const auto& row : field_rows) {
      if (row.name != name) continue;
      auto& field = fields.*row.member;
      if (!field.empty()) return refused("the signature's field '" + name + "' stands twice");
      field = value;
    }
  }
  for (const auto* name : {"sv", "sr", "se", "sp"})
    for (const auto& row : field_rows)
      if (row.name == name && (fields.*row.member).empty() && fields.si.empty())
        return refused("the signature's field '" + std::string(name) + "' is missing");
  return std::optional(std::move(fields));
}

Status verify_sas(const SasFields& fields, const SharedKey& key, const SasUse& use) {
  if (!is_version(fields.sv) || fields.sv < first_version)
    return refused("the signature's version '" + fields.sv + "' is not understood");
  if (fields.sr != "c" && fields.sr != "b")
    return refused("the signature's resource '" + fields.sr + "' is not understood");
  const std::string expected =
      signature(key, sas_string_to_sign(fields, key.account, use.container, use.blob));
  if (!equal_in_constant_time(expected, fields.sig))
    return refused("the signature does not fit the resource, the fields or the key");
  if (!fields.si.empty()) return refused("there is no stored access policy '" + fields.si + "'");
  DMS_CHECK(check_times(fields, use.now));
  if (fields.spr == "https" && use.scheme != "https")
    return blob_error("AuthorizationProtocolMismatch");
  if (!fields.sip.empty() && !use.client_address.empty() &&
      !address_allowed(fields.sip, use.client_address))
    return blob_error("AuthorizationSourceIPMismatch");
  return ok();
}

bool permits(const SasFields& fields, std::string_view letters) {
  return fields.sp.find_first_of(letters) != std::string::npos;
}

Status check_permission(const SasFields& fields, std::string_view letters) {
  if (permits(fields, letters)) return ok();
  return blob_error("AuthorizationPermissionMismatch");
}

}  // namespace dms::blob
