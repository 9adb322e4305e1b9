// The service under test, as the environment names it, and a fresh container for each test.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "blob/blob_client.h"
#include "core/crypto.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {

// DMS_BLOB_ENDPOINT, DMS_BLOB_ACCOUNT, DMS_BLOB_KEY; main refuses to run without them.
BlobConfig service_config();
// The same of DMS_BLOB_SECOND_…: another account of the service where it has one.
BlobConfig second_config();

// A client with nothing but `sas`.
BlobClient client_with_sas(std::string sas);

class BlobConformance : public testing::Test {
 protected:
  void SetUp() override {
    const auto created = blob.create_container(container);
    ASSERT_TRUE(created) << created.error().message;
  }
  void TearDown() override { EXPECT_TRUE(blob.delete_container(container)); }

  void put(std::string_view name, std::string_view content) {
    const auto stamp = blob.upload_blob(container, name, content);
    ASSERT_TRUE(stamp) << stamp.error().message;
  }
  std::string get(std::string_view name) {
    auto text = blob.read_blob(container, name);
    return text ? *std::move(text) : "error: " + text.error().message;
  }
  std::string new_container_name() { return "conf-" + hex(random_bytes(8)); }

  BlobClient client = make_azure_blob(service_config()).value();
  AzureBlob& blob = *client;
  const std::string container = new_container_name();
  TempDirectory dir;
};

}  // namespace dms::blob
