#include "blob/sas.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dms::blob {
namespace {

// The emulators' well-known account; its key is public.
constexpr std::string_view account = "devstoreaccount1";
constexpr std::string_view account_key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

SharedKey dev_key() { return SharedKey::parse(account, account_key).value(); }
Timestamp at(std::string_view text) { return Timestamp::parse(text).value(); }

SasFields fields_of(std::string_view query) {
  return parse_sas(parse_query(query)).value().value();
}

std::string field(std::string_view query, std::string_view name) {
  for (const auto& [key, value] : parse_query(query))
    if (key == name) return value;
  return {};
}

std::ptrdiff_t lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') + 1;
}

SasUse use_of(std::string_view container, std::string_view blob) {
  return {.container = container, .blob = blob, .now = at("2029-12-31T00:00:00Z")};
}

template <class T>
std::string service_code(const Result<T>& result) {
  return result ? "ok" : result.error().service_code;
}

// Signatures that an independent implementation accepts.
TEST(Sas, signs_a_blob_as_published) {
  const auto query = make_blob_sas(dev_key(), "cont1", "blk",
                                   {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z")});
  EXPECT_EQ(field(query, "sig"), "0dcbkf1CaOSDlKkEkCom+BG4B7fzK+ClD/5VCpfxqqo=");
  EXPECT_EQ(field(query, "sr"), "b");
  EXPECT_EQ(field(query, "se"), "2030-01-01T00:00:00Z");
}

TEST(Sas, signs_a_container_as_published) {
  const auto query = make_container_sas(
      dev_key(), "cont1", {.permissions = "racwdl", .expiry = at("2030-01-01T00:00:00Z")});
  EXPECT_EQ(field(query, "sig"), "dteENjszQzprUyYt/eVXebnJ25sq5aInr3pO3vozOrU=");
}

TEST(Sas, signs_an_older_version_as_published) {
  const auto query = make_container_sas(
      dev_key(), "cont1",
      {.permissions = "racwdl", .expiry = at("2030-01-01T00:00:00Z"), .version = "2018-11-09"});
  EXPECT_EQ(field(query, "sig"), "vjYgu6zeVKHcyktkKx4dGIFw+weacgJFR4ZfnGkKgFI=");
}

TEST(Sas, percent_encodes_the_signature_in_the_query) {
  const auto query = make_blob_sas(dev_key(), "cont1", "blk",
                                   {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z")});
  EXPECT_NE(query.find("sig=0dcbkf1CaOSDlKkEkCom%2BBG4B7fzK%2BClD%2F5VCpfxqqo%3D"), query.npos);
}

TEST(Sas, cuts_fractions_of_seconds_off_the_times) {
  const auto query = make_blob_sas(dev_key(), "cont1", "blk",
                                   {.permissions = "r",
                                    .expiry = at("2030-01-01T00:00:00.1234567Z"),
                                    .start = at("2029-01-01T00:00:00.9Z")});
  EXPECT_EQ(field(query, "se"), "2030-01-01T00:00:00Z");
  EXPECT_EQ(field(query, "st"), "2029-01-01T00:00:00Z");
}

TEST(Sas, has_13_15_or_16_lines_by_version) {
  SasFields fields{.sv = "2018-03-28", .se = "2030-01-01T00:00:00Z", .sr = "c", .sp = "r"};
  EXPECT_EQ(lines(sas_string_to_sign(fields, account, {.container = "c1"})), 13);
  fields.sv = "2018-11-09";
  EXPECT_EQ(lines(sas_string_to_sign(fields, account, {.container = "c1"})), 15);
  fields.sv = "2020-12-06";
  EXPECT_EQ(lines(sas_string_to_sign(fields, account, {.container = "c1"})), 16);
}

TEST(Sas, signs_the_answer_headers_last) {
  const SasFields fields{.sv = "2021-12-02",
                         .se = "2030-01-01T00:00:00Z",
                         .sr = "b",
                         .sp = "r",
                         .ses = "scope",
                         .rscc = "a",
                         .rscd = "b",
                         .rsce = "c",
                         .rscl = "d",
                         .rsct = "e"};
  EXPECT_EQ(sas_string_to_sign(fields, "acct", {.container = "c1", .blob = "dir/a b"}),
            "r\n\n2030-01-01T00:00:00Z\n/blob/acct/c1/dir/a b\n\n\n\n2021-12-02\nb\n\nscope\n"
            "a\nb\nc\nd\ne");
}

TEST(Sas, a_query_without_sig_has_no_signature) {
  EXPECT_FALSE(parse_sas(parse_query("restype=container&comp=list")).value().has_value());
}

TEST(Sas, refuses_a_field_that_stands_twice) {
  EXPECT_FALSE(parse_sas(parse_query("sv=2021-12-02&sr=c&sp=r&sp=w&se=2030-01-01&sig=x")));
}

TEST(Sas, names_the_field_that_is_missing) {
  const auto parsed = parse_sas(parse_query("sv=2021-12-02&sr=c&sp=r&sig=secret"));
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("'se'"), std::string::npos);
  EXPECT_EQ(parsed.error().message.find("secret"), std::string::npos);
}

class VerifySas : public testing::Test {
 protected:
  std::string container_query(SasOptions options) {
    return make_container_sas(dev_key(), "cont1", options);
  }
  const SasOptions good{.permissions = "rl", .expiry = at("2030-01-01T00:00:00Z")};
};

TEST_F(VerifySas, accepts_what_was_made_for_the_container) {
  const auto fields = fields_of(container_query(good));
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use_of("cont1", ""))), "ok");
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use_of("cont1", "any/blob"))), "ok");
}

TEST_F(VerifySas, refuses_another_container) {
  const auto fields = fields_of(container_query(good));
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use_of("cont2", ""))),
            "AuthenticationFailed");
}

TEST_F(VerifySas, holds_a_blob_signature_to_its_blob) {
  const auto fields = fields_of(make_blob_sas(dev_key(), "cont1", "dir/a b+c.txt", good));
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use_of("cont1", "dir/a b+c.txt"))), "ok");
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use_of("cont1", "dir/other"))),
            "AuthenticationFailed");
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use_of("cont1", ""))),
            "AuthenticationFailed");
}

TEST_F(VerifySas, refuses_a_permission_added_later) {
  auto fields = fields_of(container_query(good));
  fields.sp = "rwl";
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use_of("cont1", ""))),
            "AuthenticationFailed");
}

TEST_F(VerifySas, refuses_another_key) {
  const auto other = SharedKey::parse(account, "c2VjcmV0").value();
  EXPECT_EQ(service_code(verify_sas(fields_of(container_query(good)), other, use_of("cont1", ""))),
            "AuthenticationFailed");
}

TEST_F(VerifySas, ends_at_the_expiry_and_not_before) {
  const auto fields = fields_of(container_query(good));
  auto use = use_of("cont1", "");
  use.now = at("2029-12-31T23:59:59.9Z");
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "ok");
  use.now = at("2030-01-01T00:00:00Z");
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "AuthenticationFailed");
}

TEST_F(VerifySas, begins_at_the_start) {
  auto options = good;
  options.start = at("2029-06-01T00:00:00Z");
  const auto fields = fields_of(container_query(options));
  auto use = use_of("cont1", "");
  use.now = at("2029-05-31T23:59:59Z");
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "AuthenticationFailed");
  use.now = *options.start;
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "ok");
}

// Other tools write a date alone, or a time to the minute.
TEST_F(VerifySas, reads_times_without_seconds) {
  for (const auto* expiry : {"2030-01-01", "2030-01-01T00:00Z", "2030-01-01T00:00:00Z",
                             "2030-01-01T00:00:00.0000000Z"}) {
    SasFields fields{.sv = "2021-12-02", .se = expiry, .sr = "c", .sp = "r"};
    fields.sig = signature(dev_key(), sas_string_to_sign(fields, account, {.container = "cont1"}));
    auto use = use_of("cont1", "");
    EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "ok") << expiry;
    use.now = at("2030-01-01T00:00:00Z");
    EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "AuthenticationFailed") << expiry;
  }
}

TEST(SasTime, is_told_in_the_forms_of_azure) {
  EXPECT_EQ(parse_sas_time("2030-01-31").value(), at("2030-01-31T00:00:00Z"));
  EXPECT_EQ(parse_sas_time("2030-01-31T10:20Z").value(), at("2030-01-31T10:20:00Z"));
  EXPECT_EQ(parse_sas_time("2030-01-31T10:20-01:00").value(), at("2030-01-31T11:20:00Z"));
  EXPECT_EQ(parse_sas_time("2030-01-31T10:20:30.1234567Z").value(),
            at("2030-01-31T10:20:30.1234567Z"));
  for (const auto* bad : {"", "2030", "2030-01-31T", "2030-01-31T10:20", "2030-01-31T10:20:30",
                          "2030-01-31T10:20:30.12345678Z", "Thu, 31 Jan 2030 10:20:30 GMT"})
    EXPECT_FALSE(parse_sas_time(bad)) << bad;
}

// What a policy leaves open is the signature's to say, and what it says is not.
TEST_F(VerifySas, gives_what_the_policy_and_the_signature_say_together) {
  const AccessPolicy timed{
      .id = "p", .start = at("2029-06-01T00:00:00Z"), .expiry = at("2030-01-01T00:00:00.5Z")};
  const auto fields = fields_of(container_query({.permissions = "r", .policy = "p"}));
  auto use = use_of("cont1", "");
  use.policies = {&timed, 1};
  const auto granted = verify_sas(fields, dev_key(), use);
  ASSERT_TRUE(granted) << granted.error().message;
  EXPECT_EQ(granted->sp, "r");
  EXPECT_EQ(granted->st, "2029-06-01T00:00:00Z");
  EXPECT_EQ(granted->se, "2030-01-01T00:00:00.5Z");
  use.now = at("2030-01-01T00:00:00.5Z");
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "AuthenticationFailed");
}

TEST_F(VerifySas, tells_of_a_policy_only_to_whom_the_signature_is_right) {
  const AccessPolicy whole{.id = "p", .expiry = at("2030-01-01T00:00:00Z"), .permissions = "r"};
  auto use = use_of("cont1", "");
  use.policies = {&whole, 1};
  auto fields = fields_of(container_query({.permissions = "r", .policy = "p"}));
  const auto both = verify_sas(fields, dev_key(), use);
  EXPECT_NE(both.error().message.find("'sp'"), std::string::npos);
  EXPECT_NE(both.error().message.find("'p'"), std::string::npos);
  fields.sp = "rw";
  const auto forged = verify_sas(fields, dev_key(), use);
  EXPECT_EQ(forged.error().message.find("policy"), std::string::npos);
}

TEST_F(VerifySas, holds_https_only_signatures_to_https) {
  SasFields fields{.sv = "2021-12-02", .se = "2030-01-01", .sr = "c", .sp = "r", .spr = "https"};
  fields.sig = signature(dev_key(), sas_string_to_sign(fields, account, {.container = "cont1"}));
  auto use = use_of("cont1", "");
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "AuthorizationProtocolMismatch");
  use.scheme = "https";
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "ok");
}

TEST_F(VerifySas, holds_the_client_to_the_addresses) {
  SasFields fields{
      .sv = "2021-12-02", .se = "2030-01-01", .sr = "c", .sp = "r", .sip = "127.0.0.9-127.0.1.1"};
  fields.sig = signature(dev_key(), sas_string_to_sign(fields, account, {.container = "cont1"}));
  auto use = use_of("cont1", "");
  use.client_address = "127.0.0.100";
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "ok");
  use.client_address = "127.0.1.2";
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use)), "AuthorizationSourceIPMismatch");
}

TEST_F(VerifySas, refuses_versions_with_another_layout) {
  SasFields fields{.sv = "2014-02-14", .se = "2030-01-01", .sr = "c", .sp = "r"};
  fields.sig = signature(dev_key(), sas_string_to_sign(fields, account, {.container = "cont1"}));
  EXPECT_EQ(service_code(verify_sas(fields, dev_key(), use_of("cont1", ""))),
            "AuthenticationFailed");
}

TEST(SasPermissions, need_no_order) {
  const SasFields fields{.sp = "acdlrw"};
  EXPECT_TRUE(permits(fields, "w"));
  EXPECT_TRUE(permits(fields, "xc"));
  EXPECT_FALSE(permits(fields, "x"));
  EXPECT_EQ(service_code(check_permission(fields, "r")), "ok");
  EXPECT_EQ(service_code(check_permission(fields, "x")), "AuthorizationPermissionMismatch");
}

}  // namespace
}  // namespace dms::blob
