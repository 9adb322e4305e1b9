// Get and Set Container ACL, and signatures that follow a stored access policy. Fixture:
// tests/service/blob_fixture.h.
#include "blob/errors.h"
#include "tests/service/blob_fixture.h"

namespace dms::service {
namespace {

using blob::AccessPolicies;
using blob::AccessPolicy;

class BlobPolicies : public BlobServiceTest {
 protected:
  static constexpr const char* acl = "/cont?restype=container&comp=acl";

  void SetUp() override {
    create();
    put("b", "text");
  }

  Timestamp in(std::chrono::seconds span) const { return {clock.now().at + span}; }
  AccessPolicy readers() const {
    return {.id = "readers", .expiry = in(std::chrono::hours(1)), .permissions = "r"};
  }

  Response set(const AccessPolicies& policies, const Headers& headers = {}) {
    return send("PUT", acl, blob::write_access_policies(policies), headers);
  }
  std::string set_xml(const std::string& identifiers) {
    return outcome(send("PUT", acl, "<SignedIdentifiers>" + identifiers + "</SignedIdentifiers>"));
  }
  // With an id of its own and this AccessPolicy.
  std::string set_policy(const std::string& policy) {
    return set_xml("<SignedIdentifier><Id>a</Id><AccessPolicy>" + policy +
                   "</AccessPolicy></SignedIdentifier>");
  }
  AccessPolicies policies() { return blob::read_access_policies(send("GET", acl).body).value(); }

  std::string sas(blob::SasOptions options, const std::string& container = "cont") {
    return blob::make_container_sas(key(), container, options);
  }
  std::string read_by(const std::string& signature) {
    return outcome(send_open("GET", path_of("b") + "?" + signature));
  }
};

TEST_F(BlobPolicies, are_told_as_they_were_set_and_replaced_as_a_whole) {
  EXPECT_EQ(policies(), AccessPolicies{});
  const AccessPolicies both{readers(),
                            {.id = "ü & <writers>",
                             .start = Timestamp::parse("2030-01-01T10:00:00.1234567Z").value(),
                             .permissions = "racwdl"}};
  EXPECT_EQ(outcome(set(both)), "200");
  EXPECT_EQ(policies(), both);
  EXPECT_EQ(outcome(set({{.id = "empty"}})), "200");
  EXPECT_EQ(policies(), (AccessPolicies{{.id = "empty"}}));
  EXPECT_EQ(outcome(send("PUT", acl)), "200") << "no body: no policies";
  EXPECT_EQ(policies(), AccessPolicies{});
}

TEST_F(BlobPolicies, have_the_layout_that_azure_publishes) {
  EXPECT_EQ(set_xml("<SignedIdentifier><Id>a</Id><AccessPolicy><Start>2009-09-28T08:49:37.0000000Z"
                    "</Start><Expiry>2009-09-29T08:49:37.5Z</Expiry><Permission>rwd</Permission>"
                    "</AccessPolicy></SignedIdentifier><SignedIdentifier><Id>b</Id>"
                    "</SignedIdentifier>"),
            "200");
  const Response answer = send("GET", acl);
  EXPECT_EQ(
      answer.body,
      R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?><SignedIdentifiers>)"
      R"(<SignedIdentifier><Id>a</Id><AccessPolicy><Start>2009-09-28T08:49:37.0000000Z</Start>)"
      R"(<Expiry>2009-09-29T08:49:37.5000000Z</Expiry><Permission>rwd</Permission>)"
      R"(</AccessPolicy></SignedIdentifier><SignedIdentifier><Id>b</Id></SignedIdentifier>)"
      R"(</SignedIdentifiers>)");
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/xml");
  const Response head = send("HEAD", acl);
  EXPECT_EQ(outcome(head), "200");
  EXPECT_EQ(head.headers.get("ETag"), answer.headers.get("ETag"));
  EXPECT_EQ(head.body, "");
}

TEST_F(BlobPolicies, come_with_the_public_access) {
  EXPECT_EQ(outcome(send_open("GET", path_of("b"))), "401 NoAuthenticationInformation");
  for (const char* access : {"blob", "container"}) {
    EXPECT_EQ(outcome(set({readers()}, {{"x-ms-blob-public-access", access}})), "200");
    EXPECT_EQ(send("GET", acl).headers.get("x-ms-blob-public-access"), access);
    EXPECT_EQ(send("HEAD", "/cont?restype=container").headers.get("x-ms-blob-public-access"),
              access);
    EXPECT_EQ(send_open("GET", path_of("b")).body, "text");
  }
  EXPECT_EQ(outcome(set({readers()}, {{"x-ms-blob-public-access", "true"}})),
            "400 InvalidHeaderValue");
  EXPECT_EQ(send_open("GET", path_of("b")).body, "text") << "nothing was changed";
  EXPECT_EQ(outcome(set({readers()})), "200");
  EXPECT_FALSE(send("GET", acl).headers.contains("x-ms-blob-public-access"));
  EXPECT_EQ(outcome(send_open("GET", path_of("b"))), "401 NoAuthenticationInformation");
  EXPECT_EQ(
      outcome(send("PUT", "/more?restype=container", "", {{"x-ms-blob-public-access", "all"}})),
      "400 InvalidHeaderValue");
}

TEST_F(BlobPolicies, change_the_etag_and_the_time_of_the_container) {
  const Response before = send("HEAD", "/cont?restype=container");
  clock.advance(std::chrono::seconds(5));
  const Response changed = set({readers()});
  EXPECT_NE(changed.headers.get("ETag"), before.headers.get("ETag"));
  EXPECT_NE(changed.headers.get("Last-Modified"), before.headers.get("Last-Modified"));
  const Response after = send("HEAD", "/cont?restype=container");
  EXPECT_EQ(changed.headers.get("ETag"), after.headers.get("ETag"));
  EXPECT_EQ(changed.headers.get("Last-Modified"), after.headers.get("Last-Modified"));
}

TEST_F(BlobPolicies, hold_to_dates_that_are_conditions) {
  const std::string now = clock.now().rfc1123();
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(outcome(set({readers()}, {{"If-Modified-Since", now}})), "412 ConditionNotMet");
  EXPECT_EQ(policies(), AccessPolicies{});
  EXPECT_EQ(outcome(set({readers()}, {{"If-Unmodified-Since", now}})), "200");
  EXPECT_EQ(outcome(set({}, {{"If-Unmodified-Since", now}})), "412 ConditionNotMet");
  EXPECT_EQ(policies().size(), 1u);
  EXPECT_EQ(outcome(set({}, {{"If-Modified-Since", now}})), "200");
}

TEST_F(BlobPolicies, hold_to_the_lease_that_is_named) {
  const Headers mine{{"x-ms-lease-id", "mine"}}, other{{"x-ms-lease-id", "other"}};
  EXPECT_EQ(outcome(set({}, mine)), "412 LeaseNotPresentWithContainerOperation");
  ASSERT_EQ(outcome(send("PUT", "/cont?restype=container&comp=lease", "",
                         {{"x-ms-lease-action", "acquire"},
                          {"x-ms-lease-duration", "-1"},
                          {"x-ms-proposed-lease-id", "mine"}})),
            "201");
  EXPECT_EQ(outcome(set({}, other)), "412 LeaseIdMismatchWithContainerOperation");
  EXPECT_EQ(outcome(send("GET", acl, "", other)), "412 LeaseIdMismatchWithContainerOperation");
  EXPECT_EQ(outcome(set({readers()}, mine)), "200");
  EXPECT_EQ(outcome(set({readers()})), "200") << "none need be named";
  EXPECT_EQ(outcome(send("GET", acl, "", mine)), "200");
}

TEST_F(BlobPolicies, are_five_at_most_with_ids_of_their_own) {
  AccessPolicies many;
  for (int i = 0; i < 5; ++i) many.push_back({.id = std::to_string(i), .permissions = "r"});
  EXPECT_EQ(outcome(set(many)), "200");
  many.push_back({.id = "one more"});
  EXPECT_EQ(outcome(set(many)), "400 InvalidXmlDocument");
  EXPECT_EQ(policies().size(), 5u);
  EXPECT_EQ(outcome(set({{.id = "a"}, {.id = "a"}})), "400 InvalidXmlDocument");
  EXPECT_EQ(outcome(set({{.id = ""}})), "400 InvalidXmlDocument");
  EXPECT_EQ(outcome(set({{.id = std::string(65, 'x')}})), "400 InvalidXmlDocument");
  EXPECT_EQ(outcome(set({{.id = std::string(64, 'x')}})), "200");
  std::string letters;
  for (int i = 0; i < 64; ++i) letters += "ü";
  EXPECT_EQ(outcome(set({{.id = letters}})), "200") << "characters count, not bytes";
  EXPECT_EQ(outcome(send("PUT", acl, "<SignedIdentifiers>")), "400 InvalidXmlDocument");
  EXPECT_EQ(outcome(send("PUT", acl, "<BlockList/>")), "400 InvalidXmlDocument");
  EXPECT_EQ(outcome(send("PUT", "/none?restype=container&comp=acl")), "404 ContainerNotFound");
  EXPECT_EQ(outcome(send("GET", "/none?restype=container&comp=acl")), "404 ContainerNotFound");
}

TEST_F(BlobPolicies, tell_what_is_wrong_with_them) {
  EXPECT_NE(set({{.id = "mine", .permissions = "wr"}}).body.find("'mine'"), std::string::npos);
}

TEST_F(BlobPolicies, take_the_forms_of_times_that_azure_takes) {
  const std::pair<const char*, const char*> forms[] = {
      {"2030-01-31", "2030-01-31T00:00:00Z"},
      {"2030-01-31T10:20Z", "2030-01-31T10:20:00Z"},
      {"2030-01-31T10:20+01:00", "2030-01-31T09:20:00Z"},
      {"2030-01-31T10:20:30Z", "2030-01-31T10:20:30Z"},
      {"2030-01-31T10:20:30-02:00", "2030-01-31T12:20:30Z"},
      {"2030-01-31T10:20:30.1234567Z", "2030-01-31T10:20:30.1234567Z"}};
  for (const auto& [form, meaning] : forms) {
    EXPECT_EQ(set_policy(std::string("<Start>") + form + "</Start>"), "200") << form;
    EXPECT_EQ(policies().at(0).start, Timestamp::parse(meaning).value()) << form;
  }
  EXPECT_EQ(set_policy("<Start/><Expiry></Expiry>"), "200") << "an empty one is none";
  EXPECT_EQ(policies(), (AccessPolicies{{.id = "a"}}));
  for (const char* bad :
       {"soon", "2030-01", "2030-13-01", "2030-01-31T10:20", "2030-01-31 10:20:30Z",
        "2030-01-31T10:20:30.12345678Z", "Thu, 31 Jan 2030 10:20:30 GMT", "2030-01-31T25:00Z"}) {
    EXPECT_EQ(set_policy(std::string("<Expiry>") + bad + "</Expiry>"), "400 InvalidXmlDocument")
        << bad;
  }
}

TEST_F(BlobPolicies, take_letters_in_the_order_of_azure) {
  for (const char* good : {"r", "racwdl", "racwdxyltmeopi", ""})
    EXPECT_EQ(set_policy(std::string("<Permission>") + good + "</Permission>"), "200") << good;
  for (const char* bad : {"wr", "rr", "q", "R", "r w"})
    EXPECT_EQ(set_policy(std::string("<Permission>") + bad + "</Permission>"),
              "400 InvalidXmlDocument")
        << bad;
}

TEST_F(BlobPolicies, are_for_the_accounts_key_alone) {
  create("open", {{"x-ms-blob-public-access", "container"}});
  const std::string account = blob::make_account_sas(
      key(), "sco", {.permissions = "rwdlac", .expiry = in(std::chrono::hours(1))});
  const std::pair<std::string, const char*> callers[] = {
      {"&" + container_sas("racwdl", "open"), "403 AuthorizationFailure"},
      {"&" + account, "403 AuthorizationFailure"},
      {"", "401 NoAuthenticationInformation"}};
  const std::string target = "/open?restype=container&comp=acl";
  for (const auto& [query, refusal] : callers)
    for (const char* method : {"GET", "HEAD", "PUT"})
      EXPECT_EQ(outcome(send_open(method, target + query)), refusal) << method;
}

TEST_F(BlobPolicies, outlive_a_restart_and_not_their_container) {
  const AccessPolicy timed{.id = "timed",
                           .start = in(std::chrono::hours(-1)),
                           .expiry = in(std::chrono::hours(1)),
                           .permissions = "rl"};
  ASSERT_EQ(outcome(set({timed, {.id = "empty"}}, {{"x-ms-blob-public-access", "blob"}})), "200");
  const std::string before(send("GET", acl).headers.get("ETag"));
  open();
  EXPECT_EQ(policies(), (AccessPolicies{timed, {.id = "empty"}}));
  EXPECT_EQ(send("GET", acl).headers.get("ETag"), before);
  EXPECT_EQ(send("GET", acl).headers.get("x-ms-blob-public-access"), "blob");
  EXPECT_EQ(read_by(sas({.policy = "timed"})), "200");
  ASSERT_EQ(outcome(send("DELETE", "/cont?restype=container")), "202");
  create();
  EXPECT_EQ(policies(), AccessPolicies{});
}

TEST_F(BlobPolicies, open_what_they_say_to_signatures_that_name_them) {
  ASSERT_EQ(outcome(set({readers()})), "200");
  const std::string signature = sas({.policy = "readers"});
  EXPECT_EQ(read_by(signature), "200");
  EXPECT_EQ(outcome(send_open("DELETE", path_of("b") + "?" + signature)),
            "403 AuthorizationPermissionMismatch");
  EXPECT_EQ(outcome(send_open("GET", "/cont?restype=container&comp=list&" + signature)),
            "403 AuthorizationPermissionMismatch");
  const std::string one = blob::make_blob_sas(key(), "cont", "b", {.policy = "readers"});
  EXPECT_EQ(read_by(one), "200");
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(read_by(signature), "403 AuthenticationFailed") << "the policy has expired";
}

TEST_F(BlobPolicies, and_signatures_share_the_fields_between_them) {
  const Timestamp past = in(std::chrono::hours(-1)), later = in(std::chrono::hours(1));
  const AccessPolicy whole{.id = "p", .start = past, .expiry = later, .permissions = "r"};
  struct Row {
    const char* name;
    AccessPolicy policy;
    blob::SasOptions signature;
    const char* outcome;
  };
  const Row rows[] = {
      {"all in the policy", whole, {}, "200"},
      {"all in the signature",
       {.id = "p"},
       {.permissions = "r", .expiry = later, .start = past},
       "200"},
      {"letters here, times there",
       {.id = "p", .start = past, .expiry = later},
       {.permissions = "r"},
       "200"},
      {"times here, letters there",
       {.id = "p", .permissions = "r"},
       {.expiry = later, .start = past},
       "200"},
      {"letters in both", whole, {.permissions = "r"}, "403 AuthenticationFailed"},
      {"expiry in both", whole, {.expiry = later}, "403 AuthenticationFailed"},
      {"start in both", whole, {.start = past}, "403 AuthenticationFailed"},
      {"letters in neither", {.id = "p", .expiry = later}, {}, "403 AuthenticationFailed"},
      {"expiry in neither", {.id = "p", .permissions = "r"}, {}, "403 AuthenticationFailed"},
      {"not begun",
       {.id = "p", .start = in(std::chrono::minutes(1)), .expiry = later, .permissions = "r"},
       {},
       "403 AuthenticationFailed"},
      {"other letters",
       {.id = "p", .expiry = later, .permissions = "w"},
       {},
       "403 AuthorizationPermissionMismatch"},
      {"another name",
       {.id = "q", .expiry = later, .permissions = "r"},
       {},
       "403 AuthenticationFailed"},
      {"another case",
       {.id = "P", .expiry = later, .permissions = "r"},
       {},
       "403 AuthenticationFailed"}};
  for (Row row : rows) {
    ASSERT_EQ(outcome(set({row.policy})), "200") << row.name;
    row.signature.policy = "p";
    EXPECT_EQ(read_by(sas(row.signature)), row.outcome) << row.name;
  }
}

TEST_F(BlobPolicies, of_another_container_open_nothing_here) {
  create("other");
  ASSERT_EQ(outcome(send("PUT", "/other?restype=container&comp=acl",
                         blob::write_access_policies({readers()}))),
            "200");
  EXPECT_EQ(read_by(sas({.policy = "readers"})), "403 AuthenticationFailed");
  EXPECT_EQ(
      outcome(send_open("GET", path_of("b", "none") + "?" + sas({.policy = "readers"}, "none"))),
      "403 AuthenticationFailed");
}

TEST_F(BlobPolicies, that_are_changed_or_deleted_change_or_end_signatures_at_once) {
  ASSERT_EQ(outcome(set({readers()})), "200");
  const std::string signature = sas({.policy = "readers"});
  EXPECT_EQ(read_by(signature), "200");
  AccessPolicy changed = readers();
  changed.permissions = "l";
  ASSERT_EQ(outcome(set({changed})), "200");
  EXPECT_EQ(read_by(signature), "403 AuthorizationPermissionMismatch");
  EXPECT_EQ(outcome(send_open("GET", "/cont?restype=container&comp=list&" + signature)), "200");
  changed.expiry = in(std::chrono::seconds(-1));
  ASSERT_EQ(outcome(set({changed})), "200");
  EXPECT_EQ(outcome(send_open("GET", "/cont?restype=container&comp=list&" + signature)),
            "403 AuthenticationFailed");
  ASSERT_EQ(outcome(set({readers()})), "200");
  EXPECT_EQ(read_by(signature), "200");
  ASSERT_EQ(outcome(set({})), "200");
  EXPECT_EQ(read_by(signature), "403 AuthenticationFailed");
}

TEST_F(BlobPolicies, open_the_source_of_a_copy) {
  ASSERT_EQ(outcome(set({readers()})), "200");
  create("other");
  const std::string writer = container_sas("cw", "other");
  const Headers from{
      {"x-ms-copy-source", std::string(base) + "/store/cont/b?" + sas({.policy = "readers"})}};
  EXPECT_EQ(outcome(send_open("PUT", path_of("copy", "other") + "?" + writer, "", from)), "202");
  ASSERT_EQ(outcome(set({})), "200");
  EXPECT_EQ(outcome(send_open("PUT", path_of("copy", "other") + "?" + writer, "", from)),
            "403 CannotVerifyCopySource");
}

TEST_F(BlobPolicies, let_writes_begin_and_end) {
  ASSERT_EQ(outcome(set({{.id = "w", .expiry = in(std::chrono::hours(1)), .permissions = "w"}})),
            "200");
  Request head = request("PUT", path_of("new") + "?" + sas({.policy = "w"}), "",
                         {{"x-ms-blob-type", "BlockBlob"}});
  BodyPlan plan = service->plan(head);
  ASSERT_FALSE(plan.refusal);
  ASSERT_TRUE(plan.upload);
  ASSERT_EQ(outcome(set({})), "200");
  const Answer late = service->handle(head, std::move(plan.upload));
  EXPECT_EQ(late.status, 403) << "the policy went while the bytes came";
  EXPECT_TRUE(service->plan(head).refusal);
}

TEST_F(BlobPolicies, have_no_part_in_an_accounts_signature) {
  ASSERT_EQ(outcome(set({readers()})), "200");
  // The id is not among what is signed: who adds it must win nothing by it.
  const std::string account =
      blob::make_account_sas(key(), "o", {.permissions = "r", .expiry = in(std::chrono::hours(1))});
  EXPECT_EQ(read_by(account), "200");
  EXPECT_EQ(read_by(account + "&si=readers"), "403 AuthenticationFailed");
}

}  // namespace
}  // namespace dms::service
