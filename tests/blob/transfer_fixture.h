// Two directories, "here" and "there", and between them the folder "study" of a container.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "blob/transfer.h"
#include "core/file.h"
#include "core/retry.h"
#include "tests/support/fake_blobs.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {

namespace fs = std::filesystem;

class TransferTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((here / name).parent_path());
    std::ofstream(here / name) << text;
  }
  static std::string text_of(const fs::path& path) {
    auto text = read_file(path.string());
    return text ? *text : "error: " + text.error().message;
  }
  std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& [name, held] : service.blobs) all.insert(name);
    return all;
  }
  TransferSummary up(const TransferOptions& options = {}) {
    auto summary = upload_directory(here, blob, {"cont1", "study"}, options);
    EXPECT_TRUE(summary) << summary.error().message;
    return summary ? *summary : TransferSummary{};
  }
  TransferSummary down(const TransferOptions& options = {}) {
    auto summary = download_directory(blob, {"cont1", "study"}, there, options);
    EXPECT_TRUE(summary) << summary.error().message;
    return summary ? *summary : TransferSummary{};
  }

  FakeBlobs service;
  FakeClock clock;
  Retrying retrying{service, clock, {.max_tries = 6}};
  const BlobAccount account{.endpoint = Url::parse(FakeBlobs::endpoint).value(),
                            .key = SharedKey::parse("acct", "c2VjcmV0LWtleQ==").value()};
  AzureBlob blob{account, retrying, clock};
  TempDirectory dir;
  const fs::path here = dir.path() / "here";
  const fs::path there = dir.path() / "there";
};

}  // namespace dms::blob
