// The tables that both ends share, and the client that is made of a configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "blob/blob_client.h"
#include "blob/errors.h"
#include "blob/operations.h"

namespace dms::blob {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(BlobOperations, have_names_and_requests_of_their_own) {
  std::set<std::string_view> names;
  std::set<std::string> requests;
  int rows = 0;
  op::for_each([&](const auto& row) {
    ++rows;
    names.insert(row.name);
    requests.insert(std::string(row.method) + " " + std::string(row.path));
  });
  EXPECT_EQ(rows, 16);
  EXPECT_EQ(names.size(), 16u);
  EXPECT_EQ(requests.size(), 15u);  // a header makes a copy of a Put Blob
}

TEST(BlobErrors, carry_the_status_and_the_word_of_the_wire) {
  const auto error = blob_error("BlobNotFound");
  EXPECT_EQ(error.code, Code::not_found);
  EXPECT_EQ(error.http_status, 404);
  EXPECT_EQ(error.service_code, "BlobNotFound");
  EXPECT_EQ(error.message, "The specified blob does not exist.");
  EXPECT_EQ(blob_error("BlobNotFound", "no 'x'").message, "no 'x'");
}

TEST(BlobErrors, that_are_unknown_mean_what_their_status_means) {
  EXPECT_EQ(find_error("Unheard"), nullptr);
  EXPECT_EQ(code_of_answer(404, "Unheard"), Code::not_found);
  EXPECT_EQ(code_of_answer(401, ""), Code::permission);
  EXPECT_EQ(code_of_answer(429, ""), Code::unavailable);
  EXPECT_EQ(code_of_answer(504, ""), Code::unavailable);
  EXPECT_EQ(code_of_answer(418, ""), Code::invalid_argument);
  EXPECT_EQ(code_of_answer(302, ""), Code::internal);
}

TEST(BlobClientTest, knows_azures_address_of_an_account) {
  const auto client = make_azure_blob({.account = "acct", .key = "c2VjcmV0"}).value();
  EXPECT_EQ(client->container_url("cont1"), "https://acct.blob.core.windows.net/cont1");
}

TEST(BlobClientTest, takes_another_clouds_domain_or_a_whole_endpoint) {
  const auto cloud =
      make_azure_blob({.account = "acct", .domain = "blob.core.usgovcloudapi.net"}).value();
  EXPECT_EQ(cloud->container_url("cont1"), "https://acct.blob.core.usgovcloudapi.net/cont1");
  const auto local =
      make_azure_blob({.account = "acct", .endpoint = "http://127.0.0.1:10000/acct/"}).value();
  EXPECT_EQ(local->container_url("cont1"), "http://127.0.0.1:10000/acct/cont1");
}

TEST(BlobClientTest, refuses_a_configuration_that_cannot_work_without_showing_the_key) {
  EXPECT_EQ(make_azure_blob({}).error().code, Code::invalid_argument);
  EXPECT_EQ(make_azure_blob({.endpoint = "127.0.0.1"}).error().code, Code::invalid_argument);
  const auto bad_key = make_azure_blob({.account = "acct", .key = "my secret key"});
  EXPECT_EQ(bad_key.error().code, Code::invalid_argument);
  EXPECT_THAT(bad_key.error().message, Not(HasSubstr("my secret key")));
}

TEST(BlobClientTest, keeps_its_blob_when_it_moves) {
  auto client = make_azure_blob({.account = "acct", .key = "c2VjcmV0"}).value();
  const AzureBlob* before = &*client;
  const BlobClient moved = std::move(client);
  EXPECT_EQ(&*moved, before);
}

}  // namespace
}  // namespace dms::blob
