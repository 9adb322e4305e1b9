// Runs the suite against the service that DMS_BLOB_ENDPOINT, DMS_BLOB_ACCOUNT and DMS_BLOB_KEY
// name; DMS_BLOB_SECOND_… name another account of it, or the same one where there is only one.
#include <cstdlib>
#include <iostream>

#include "tests/blob/conformance/service.h"

namespace dms::blob {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

BlobConfig service_config() {
  return {.account = variable("DMS_BLOB_ACCOUNT"),
          .key = variable("DMS_BLOB_KEY"),
          .endpoint = variable("DMS_BLOB_ENDPOINT")};
}

BlobConfig second_config() {
  return {.account = variable("DMS_BLOB_SECOND_ACCOUNT"),
          .key = variable("DMS_BLOB_SECOND_KEY"),
          .endpoint = variable("DMS_BLOB_SECOND_ENDPOINT")};
}

BlobClient client_with_sas(std::string sas) {
  auto config = service_config();
  config.key.clear();
  config.sas = std::move(sas);
  return make_azure_blob(config).value();
}

}  // namespace dms::blob

int main(int argc, char** argv) {
  for (const char* name :
       {"DMS_BLOB_ENDPOINT", "DMS_BLOB_ACCOUNT", "DMS_BLOB_KEY", "DMS_BLOB_SECOND_ENDPOINT",
        "DMS_BLOB_SECOND_ACCOUNT", "DMS_BLOB_SECOND_KEY"}) {
    if (!dms::blob::variable(name).empty()) continue;
    std::cerr << "blob_conformance: " << name << " is not set\n";
    return 2;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
