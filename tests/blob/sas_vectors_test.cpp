// Our signatures against those of Microsoft's client.
#include "tests/blob/sas_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace dms::blob {
namespace {

using vectors::Kind;

std::map<std::string, std::string> query_fields(std::string_view query) {
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : parse_query(query)) fields.emplace(name, value);
  return fields;
}

SharedKey vector_key() {
  return SharedKey::parse(vectors::account_name, vectors::account_key).value();
}

std::string make(const vectors::Vector& vector) {
  switch (vector.kind) {
    case Kind::service: return make_sas(vector_key(), vector.resource, vector.options);
    case Kind::delegation:
      return make_sas(vectors::delegation_key(), vectors::account_name, vector.resource,
                      vector.options);
    case Kind::account:
      return make_account_sas(vector_key(), vector.resource_types, vector.options);
  }
  return {};
}

TEST(SasVectors, are_those_of_microsofts_client) {
  for (const auto& vector : vectors::all())
    EXPECT_THAT(query_fields(make(vector)), testing::ContainerEq(query_fields(vector.query)))
        << vector.name;
}

// A policy that says what the vector's signature leaves open.
AccessPolicy policy_of(const vectors::Vector& vector) {
  AccessPolicy policy{.id = vector.options.policy};
  if (vector.options.permissions.empty()) policy.permissions = "r";
  if (vector.options.expiry == Timestamp{}) policy.expiry = vectors::at("2030-01-01T00:00:00Z");
  return policy;
}

TEST(SasVectors, are_accepted_by_our_own_judge) {
  for (const auto& vector : vectors::all()) {
    if (vector.kind == Kind::delegation || !vector.resource.snapshot.empty() ||
        !vector.resource.version.empty())
      continue;
    const auto fields = parse_sas(parse_query(vector.query)).value().value();
    const AccessPolicy policy = policy_of(vector);
    SasUse use{.container = vector.resource.container,
               .blob = vector.resource.blob,
               .now = vectors::at("2029-12-31T12:00:00Z"),
               .client_address = "10.0.0.1",
               .policies = {&policy, 1}};
    if (vector.kind == Kind::account) use.container = "any", use.blob = "blob";
    const auto status = verify_sas(fields, vector_key(), use);
    EXPECT_TRUE(status) << vector.name << ": " << (status ? "" : status.error().message);
  }
}

TEST(SasVectors, delegation_and_snapshots_are_refused_by_a_service_that_has_neither) {
  for (const auto& vector : vectors::all()) {
    if (vector.kind != Kind::delegation && vector.resource.snapshot.empty() &&
        vector.resource.version.empty())
      continue;
    const auto fields = parse_sas(parse_query(vector.query)).value().value();
    const auto status = verify_sas(fields, vector_key(),
                                   {.container = vector.resource.container,
                                    .blob = vector.resource.blob,
                                    .now = vectors::at("2029-12-31T12:00:00Z")});
    ASSERT_FALSE(status) << vector.name;
    EXPECT_EQ(status.error().service_code, "AuthenticationFailed") << vector.name;
  }
}

class AccountSas : public testing::Test {
 protected:
  std::string judge(std::string_view types, std::string_view services, SasUse use) {
    const auto query = make_account_sas(
        vector_key(), types, {.permissions = "rl", .expiry = vectors::at("2030-01-01T00:00:00Z")},
        services);
    use.now = vectors::at("2029-12-31T12:00:00Z");
    const auto status =
        verify_sas(parse_sas(parse_query(query)).value().value(), vector_key(), use);
    return status ? "ok" : status.error().service_code;
  }
};

TEST_F(AccountSas, opens_the_kinds_of_things_that_it_names) {
  const SasUse account, container{.container = "c1"}, object{.container = "c1", .blob = "b"};
  EXPECT_EQ(judge("s", "b", account), "ok");
  EXPECT_EQ(judge("s", "b", container), "AuthorizationResourceTypeMismatch");
  EXPECT_EQ(judge("c", "b", container), "ok");
  EXPECT_EQ(judge("c", "b", object), "AuthorizationResourceTypeMismatch");
  EXPECT_EQ(judge("o", "b", object), "ok");
  EXPECT_EQ(judge("o", "b", account), "AuthorizationResourceTypeMismatch");
}

TEST_F(AccountSas, is_for_the_services_that_it_names) {
  EXPECT_EQ(judge("sco", "qt", {.container = "c1"}), "AuthorizationServiceMismatch");
  EXPECT_EQ(judge("sco", "bq", {.container = "c1"}), "ok");
}

TEST(AccountSasFields, must_all_be_there) {
  const auto parsed =
      parse_sas(parse_query("ss=b&sp=r&se=2030-01-01T00:00:00Z&sv=2021-12-02&sig=secret"));
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, testing::HasSubstr("'srt'"));
  EXPECT_THAT(parsed.error().message, testing::Not(testing::HasSubstr("secret")));
}

TEST(SasLetters, are_written_in_the_order_that_azure_demands) {
  const auto query = make_container_sas(
      vector_key(), "c1", {.permissions = "ldwcar", .expiry = vectors::at("2030-01-01T00:00:00Z")});
  EXPECT_EQ(query_fields(query).at("sp"), "racwdl");
}

}  // namespace
}  // namespace dms::blob
