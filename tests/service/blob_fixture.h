// A BlobService in one process with its client, over a directory and a store that a restart keeps.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "blob/sas.h"
#include "blob/xml.h"
#include "core/crypto.h"
#include "service/blob/blob_service.h"
#include "tests/support/fake_clock.h"
#include "tests/support/router_transport.h"
#include "tests/support/temp_directory.h"

namespace dms::service {

class BlobServiceTest : public ::testing::Test {
 protected:
  static constexpr const char* base = "http://127.0.0.1:1";

  static SharedKey key() { return {"store", std::string(64, 'k')}; }

  BlobServiceTest() { open(); }

  // As a start of the program does it: index from the store, orphans swept.
  void open() {
    client.reset();
    door.reset();
    service.reset();
    BlobIndex index;
    ASSERT_TRUE(load_blob_index(index, *store));
    auto content = Content::open(directory.path() / "blobs");
    ASSERT_TRUE(content);
    ASSERT_TRUE(ContentJournal::restore(*store, *content));
    content->sweep(index.content_files());
    service = std::make_unique<BlobService>(key(), std::string(base) + "/store", std::move(index),
                                            *std::move(content), *store, clock);
    door = std::make_unique<RouterTransport>(*service);
    client = std::make_unique<Signed>(*door, key(), Protocol::blob, clock);
  }

  static Request request(const std::string& method, const std::string& target,
                         std::string body = "", Headers headers = {}) {
    return {.method = method,
            .url = *Url::parse(base + std::string("/store") + target),
            .headers = std::move(headers),
            .body = std::move(body)};
  }

  // Signed with the account's key. `target` is below the account, encoded.
  Response send(const std::string& method, const std::string& target, const std::string& body = "",
                const Headers& headers = {}) {
    auto answer = client->send(request(method, target, body, headers));
    EXPECT_TRUE(answer);
    return answer ? *std::move(answer) : Response{};
  }
  // Without a key: by a SAS in the target, or as nobody.
  Response send_open(const std::string& method, const std::string& target,
                     const std::string& body = "", const Headers& headers = {}) {
    auto answer = door->send(request(method, target, body, headers));
    EXPECT_TRUE(answer);
    return answer ? *std::move(answer) : Response{};
  }

  // "404 BlobNotFound"; the status alone for success.
  static std::string outcome(const Response& response) {
    const std::string status = std::to_string(response.status);
    const auto code = response.headers.find("x-ms-error-code");
    return code ? status + " " + std::string(*code) : status;
  }

  static std::string path_of(const std::string& name, const std::string& container = "cont") {
    return "/" + container + "/" + percent_encode(name, Slashes::keep);
  }
  void create(const std::string& container = "cont", const Headers& headers = {}) {
    ASSERT_EQ(outcome(send("PUT", "/" + container + "?restype=container", "", headers)), "201");
  }
  Response put(const std::string& name, const std::string& text, Headers headers = {}) {
    headers.set("x-ms-blob-type", "BlockBlob");
    return send("PUT", path_of(name), text, headers);
  }
  Response get(const std::string& name, const Headers& headers = {}) {
    return send("GET", path_of(name), "", headers);
  }

  std::string container_sas(const std::string& letters, const std::string& container = "cont") {
    return blob::make_container_sas(
        key(), container,
        {.permissions = letters, .expiry = {clock.now().at + std::chrono::hours(1)}});
  }

  // The files that hold content, and those of uploads under way.
  std::set<std::string> content_files() const { return files(false); }
  std::set<std::string> unfinished_files() const { return files(true); }

  TempDirectory directory;
  FakeClock clock;
  std::unique_ptr<Store> store = memory_store();
  std::unique_ptr<BlobService> service;
  std::unique_ptr<RouterTransport> door;
  std::unique_ptr<Signed> client;

 private:
  std::set<std::string> files(bool unfinished) const {
    std::set<std::string> names;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(directory.path() / "blobs")) {
      const auto folder = entry.path().parent_path().filename();
      if (entry.is_regular_file() && folder != "spare" && (folder == "tmp") == unfinished)
        names.insert(entry.path().filename().string());
    }
    return names;
  }
};

}  // namespace dms::service
