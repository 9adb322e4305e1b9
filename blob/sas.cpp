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
constexpr std::array<FieldRow, 26> field_rows{{
    {"sv", &SasFields::sv},     {"ss", &SasFields::ss},       {"srt", &SasFields::srt},
    {"st", &SasFields::st},     {"se", &SasFields::se},       {"sr", &SasFields::sr},
    {"sp", &SasFields::sp},     {"sip", &SasFields::sip},     {"spr", &SasFields::spr},
    {"si", &SasFields::si},     {"skoid", &SasFields::skoid}, {"sktid", &SasFields::sktid},
    {"skt", &SasFields::skt},   {"ske", &SasFields::ske},     {"sks", &SasFields::sks},
    {"skv", &SasFields::skv},   {"saoid", &SasFields::saoid}, {"suoid", &SasFields::suoid},
    {"scid", &SasFields::scid}, {"ses", &SasFields::ses},     {"rscc", &SasFields::rscc},
    {"rscd", &SasFields::rscd}, {"rsce", &SasFields::rsce},   {"rscl", &SasFields::rscl},
    {"rsct", &SasFields::rsct}, {"sig", &SasFields::sig},
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

Error refused(std::string message) {
  return blob_error("AuthenticationFailed", std::move(message));
}

std::string query_of(const SasFields& fields) {
  Query query;
  for (const auto& [name, member] : field_rows)
    if (!(fields.*member).empty()) query.emplace_back(name, fields.*member);
  return format_query(query);
}

SasFields fields_of(const SasOptions& options) {
  SasFields fields;
  fields.sv = options.version;
  if (options.start) fields.st = sas_time(*options.start);
  const bool left_to_policy = !options.policy.empty() && options.expiry == Timestamp{};
  if (!left_to_policy) fields.se = sas_time(options.expiry);
  fields.sp = permissions_in_order(options.permissions);
  fields.sip = options.addresses;
  fields.spr = options.protocols;
  fields.si = options.policy;
  fields.ses = options.encryption_scope;
  fields.rscc = options.answer.cache_control;
  fields.rscd = options.answer.content_disposition;
  fields.rsce = options.answer.content_encoding;
  fields.rscl = options.answer.content_language;
  fields.rsct = options.answer.content_type;
  return fields;
}

std::string_view word_of(const SasResource& resource) {
  if (resource.blob.empty()) return "c";
  if (!resource.snapshot.empty()) return "bs";
  return resource.version.empty() ? "b" : "bv";
}

std::string joined(std::initializer_list<std::string_view> lines) {
  std::string text;
  for (const auto line : lines) text.append(line).append("\n");
  text.pop_back();
  return text;
}

std::string account_string_to_sign(const SasFields& fields, std::string_view account) {
  std::string text = joined({account, fields.sp, fields.ss, fields.srt, fields.st, fields.se,
                             fields.sip, fields.spr, fields.sv});
  if (fields.sv >= version_with_scope) text.append("\n").append(fields.ses);
  return text + "\n";
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

Result<Timestamp> parse_sas_time(std::string_view text) {
  constexpr std::size_t date = 10, to_the_minute = 16, to_the_second = 19, digits = 7;
  std::string whole(text);
  if (whole.size() == date) whole += "T00:00:00Z";
  if (whole.size() > to_the_minute && whole[to_the_minute] != ':')
    whole.insert(to_the_minute, ":00");
  const bool has_fraction = whole.size() > to_the_second && whole[to_the_second] == '.';
  const auto end = has_fraction ? whole.find_first_not_of("0123456789", to_the_second + 1) : 0;
  const bool too_fine = has_fraction && std::min(end, whole.size()) > to_the_second + 1 + digits;
  auto time = Timestamp::parse(whole);
  if (time && !too_fine && whole[4] == '-') return time;
  return fail(Code::invalid_argument, "'" + std::string(text) +
                                          "' is neither a date such as 2030-01-31 nor a time such "
                                          "as 2030-01-31T20:15Z or 2030-01-31T20:15:30Z");
}

std::string permissions_in_order(std::string letters) {
  const auto place = [](char letter) { return sas_letters.find(letter); };
  std::stable_sort(letters.begin(), letters.end(),
                   [&](char a, char b) { return place(a) < place(b); });
  return letters;
}

std::string sas_string_to_sign(const SasFields& fields, std::string_view account,
                               const SasResource& resource) {
  if (fields.is_account()) return account_string_to_sign(fields, account);
  std::string name = "/blob/" + std::string(account) + "/" + std::string(resource.container);
  if (fields.sr != "c") name += "/" + std::string(resource.blob);
  std::string text = joined({fields.sp, fields.st, fields.se, name});
  const auto add = [&text](std::string_view line) { text.append("\n").append(line); };
  if (fields.is_delegated()) {
    for (const auto* field : {&fields.skoid, &fields.sktid, &fields.skt, &fields.ske, &fields.sks,
                              &fields.skv, &fields.saoid, &fields.suoid, &fields.scid})
      add(*field);
  } else {
    add(fields.si);
  }
  add(fields.sip);
  add(fields.spr);
  add(fields.sv);
  if (fields.sv >= version_with_resource) {
    add(fields.sr);
    add(resource.snapshot.empty() ? resource.version : resource.snapshot);
  }
  if (fields.sv >= version_with_scope) add(fields.ses);
  for (const auto* field : {&fields.rscc, &fields.rscd, &fields.rsce, &fields.rscl, &fields.rsct})
    add(*field);
  return text;
}

std::string make_sas(const SharedKey& key, const SasResource& resource, const SasOptions& options) {
  SasFields fields = fields_of(options);
  fields.sr = word_of(resource);
  fields.sig = signature(key, sas_string_to_sign(fields, key.account, resource));
  return query_of(fields);
}

std::string make_sas(const DelegationKey& key, std::string_view account,
                     const SasResource& resource, const SasOptions& options) {
  SasFields fields = fields_of(options);
  fields.sr = word_of(resource);
  fields.skoid = key.object_id;
  fields.sktid = key.tenant_id;
  fields.skt = key.start;
  fields.ske = key.expiry;
  fields.sks = key.service;
  fields.skv = key.version;
  fields.sig = signature({.account = std::string(account), .key = key.key},
                         sas_string_to_sign(fields, account, resource));
  return query_of(fields);
}

std::string make_account_sas(const SharedKey& key, std::string_view resource_types,
                             const SasOptions& options, std::string_view services) {
  SasFields fields = fields_of(options);
  fields.sp = options.permissions;  // in any order
  fields.ss = services;
  fields.srt = resource_types;
  fields.sig = signature(key, sas_string_to_sign(fields, key.account, {}));
  return query_of(fields);
}

namespace {

Status check_present(const SasFields& fields) {
  // A stored policy may have the expiry and the permissions.
  for (const auto& [name, member] : field_rows) {
    const bool of_all = name == "sv" || ((name == "se" || name == "sp") && fields.si.empty());
    const bool of_kind = fields.is_account() ? name == "ss" || name == "srt" : name == "sr";
    if ((of_all || of_kind) && (fields.*member).empty())
      return refused("the signature's field '" + std::string(name) + "' is missing");
  }
  return ok();
}

// What an account SAS says about the service and the kind of thing that is asked for.
Status check_account_use(const SasFields& fields, const SasUse& use) {
  if (fields.ss.find('b') == std::string::npos) return blob_error("AuthorizationServiceMismatch");
  const char type = use.container.empty() ? 's' : use.blob.empty() ? 'c' : 'o';
  if (fields.srt.find(type) == std::string::npos)
    return blob_error("AuthorizationResourceTypeMismatch");
  return ok();
}

// Whether the key made the signature, for this container or blob.
Status check_signature(const SasFields& fields, const SharedKey& key, const SasUse& use) {
  if (!is_version(fields.sv) || fields.sv < first_version)
    return refused("the signature's version '" + fields.sv + "' is not understood");
  if (fields.is_delegated()) return refused("there is no user delegation key here");
  if (!fields.is_account() && fields.sr != "c" && fields.sr != "b")
    return refused("the signature's resource '" + fields.sr + "' is not understood");
  const std::string expected = signature(
      key, sas_string_to_sign(fields, key.account, {.container = use.container, .blob = use.blob}));
  if (!equal_in_constant_time(expected, fields.sig))
    return refused("the signature does not fit the resource, the fields or the key");
  return ok();
}

// The one of two texts that is there.
Result<std::string> one_of(const SasFields& fields, const char* name, const std::string& own,
                           const std::string& stored) {
  if (!own.empty() && !stored.empty())
    return refused("both the signature and its access policy '" + fields.si + "' have '" + name +
                   "'; leave it out of one of them");
  return own.empty() ? stored : own;
}

// The fields with those of the stored access policy that they name.
Result<SasFields> with_policy(SasFields fields, std::span<const AccessPolicy> policies) {
  if (fields.si.empty()) return fields;
  if (fields.is_account()) return refused("an account's signature has no access policy");
  const auto policy = std::find_if(policies.begin(), policies.end(),
                                   [&](const auto& one) { return one.id == fields.si; });
  if (policy == policies.end())
    return refused("the container has no access policy '" + fields.si + "'");
  const auto text = [](const auto& time) { return time ? time->iso8601() : std::string(); };
  DMS_TRY(fields.st, one_of(fields, "st", fields.st, text(policy->start)));
  DMS_TRY(fields.se, one_of(fields, "se", fields.se, text(policy->expiry)));
  DMS_TRY(fields.sp, one_of(fields, "sp", fields.sp, policy->permissions));
  if (!fields.se.empty() && !fields.sp.empty()) return fields;
  return refused("neither the signature nor its access policy '" + fields.si + "' has " +
                 (fields.se.empty() ? "an expiry" : "permissions"));
}

}  // namespace

Result<std::optional<SasFields>> parse_sas(const Query& query) {
  SasFields fields;
  const auto is_signature = [](const auto& pair) { return pair.first == "sig"; };
  if (std::none_of(query.begin(), query.end(), is_signature)) return std::optional<SasFields>{};
  for (const auto& [name, value] : query) {
    for (const auto& row : field_rows) {
      if (row.name != name) continue;
      auto& field = fields.*row.member;
      if (!field.empty()) return refused("the signature's field '" + name + "' stands twice");
      field = value;
    }
  }
  DMS_CHECK(check_present(fields));
  return std::optional(std::move(fields));
}

Result<SasFields> verify_sas(const SasFields& signed_fields, const SharedKey& key,
                             const SasUse& use) {
  DMS_CHECK(check_signature(signed_fields, key, use));
  DMS_TRY(SasFields fields, with_policy(signed_fields, use.policies));
  DMS_CHECK(check_times(fields, use.now));
  if (fields.spr == "https" && use.scheme != "https")
    return blob_error("AuthorizationProtocolMismatch");
  if (!fields.sip.empty() && !use.client_address.empty() &&
      !address_allowed(fields.sip, use.client_address))
    return blob_error("AuthorizationSourceIPMismatch");
  if (fields.is_account()) DMS_CHECK(check_account_use(fields, use));
  return fields;
}

bool permits(const SasFields& fields, std::string_view letters) {
  return fields.sp.find_first_of(letters) != std::string::npos;
}

Status check_permission(const SasFields& fields, std::string_view letters) {
  if (permits(fields, letters)) return ok();
  return blob_error("AuthorizationPermissionMismatch");
}

}  // namespace dms::blob
