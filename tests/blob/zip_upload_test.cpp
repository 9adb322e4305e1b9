// Directories that go into a blob while they are zipped, against a service that keeps blocks.
#include "blob/zip_upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <random>

#include "blob/block_digest.h"
#include "blob/rest.h"
#include "blob/xml.h"
#include "blob/zip/stream_upload.h"
#include "core/crypto.h"
#include "core/file.h"
#include "core/retry.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// One blob, its blocks, and what was asked. The n-th Put Block can be told to fail.
class OneBlob final : public Transport {
 public:
  Result<Response> send(const Request& request, std::stop_token) override {
    std::string body = request.body;
    if (request.source != nullptr) {
      body.resize(request.source->size());
      std::span<char> rest(body);
      while (!rest.empty()) {
        DMS_TRY(const auto count, request.source->read(rest));
        if (count == 0) break;
        rest = rest.subspan(count);
      }
    }
    const std::lock_guard lock(mutex);
    return answer(request, std::move(body));
  }

  std::mutex mutex;
  bool container = true;
  std::optional<std::string> content;
  std::string md5;
  Metadata metadata;
  std::map<std::string, std::string> blocks;     // uncommitted
  std::map<std::string, std::string> committed;  // of the blob
  int put_blocks = 0;
  int fail_at = 0;
  std::function<void()> on_block = [] {};
  std::optional<Error> lost;  // told once instead of the answer, after the blob was written

 private:
  static Response missing(const char* code) {
    return {.status = 404, .headers = {{"x-ms-error-code", code}}};
  }
  static Response created() {
    return {.status = 201, .headers = {{"Last-Modified", "Wed, 01 May 2024 11:00:00 GMT"}}};
  }

  Result<Response> answer(const Request& request, std::string body) {
    std::map<std::string, std::string> query;
    for (const auto& [name, value] : parse_query(request.url.query)) query[name] = value;
    if (query["restype"] == "container") {
      container = true;
      return created();
    }
    if (!container) return missing("ContainerNotFound");
    if (request.method == "HEAD")
      return content ? Response{.status = 200} : missing("BlobNotFound");
    if (request.method == "GET") return list();
    if (query["comp"] == "block") return put_block(query["blockid"], std::move(body));
    if (content && request.headers.get("If-None-Match") == "*")
      return Response{.status = 409, .headers = {{"x-ms-error-code", "BlobAlreadyExists"}}};
    if (query["comp"] == "blocklist") return commit(request, body);
    content = body;
    return written();
  }
  Result<Response> written() {
    if (auto error = std::exchange(lost, std::nullopt)) return *error;
    return created();
  }
  Result<Response> put_block(const std::string& id, std::string body) {
    on_block();
    if (++put_blocks == fail_at) return Response{.status = 403};
    blocks[id] = std::move(body);
    return Response{.status = 201};
  }
  Result<Response> list() {
    if (blocks.empty() && !content) return missing("BlobNotFound");
    BlockList held;
    for (const auto& [id, bytes] : blocks) held.uncommitted.push_back({id, bytes.size()});
    for (const auto& [id, bytes] : committed) held.committed.push_back({id, bytes.size()});
    return Response{.status = 200, .body = write_block_list(held)};
  }
  const std::string* find(const BlockRef& ref) const {
    for (const auto* from : {&blocks, &committed})
      if (ref.source == BlockSource::latest ||
          (ref.source == BlockSource::uncommitted) == (from == &blocks))
        if (const auto found = from->find(ref.id); found != from->end()) return &found->second;
    return nullptr;
  }
  Result<Response> commit(const Request& request, const std::string& body) {
    std::string joined;
    std::map<std::string, std::string> used;
    for (const auto& ref : read_block_refs(body).value()) {
      const std::string* block = find(ref);
      if (!block)
        return Response{.status = 400, .headers = {{"x-ms-error-code", "InvalidBlockList"}}};
      joined += used[ref.id] = *block;
    }
    content = joined;
    committed = std::move(used);
    md5 = request.headers.get("x-ms-blob-content-md5");
    metadata = metadata_from_headers(request.headers);
    blocks.clear();
    return written();
  }
};

class ZipStreamUpload : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(study);
    std::mt19937 random(1);
    for (int i = 0; i < 40; ++i) {
      std::string text(60'000, '\0');
      for (char& c : text) c = static_cast<char>(random());
      write("run" + std::to_string(100 + i), text);
    }
  }
  void write(const std::string& name, std::string_view text) {
    std::ofstream(study / name, std::ios::binary) << text;
  }
  std::unique_ptr<ZipStream> stream() {
    return ZipStream::start(list_tree(study, {}).value(), ZipWork::compress, {}).value();
  }
  StreamTarget target() {
    return {
        .container = "cont1", .blob = "a.zip", .options = {.block_bytes = 100'000, .parallel = 3}};
  }
  std::string archive_in_file() {
    EXPECT_TRUE(zip_directory(study, temp / "a.zip"));
    return read_file(temp / "a.zip").value();
  }

  TempDirectory temp;
  const fs::path study = temp.path() / "study";
  OneBlob service;
  FakeClock clock;
  AzureBlob blob{{.endpoint = Url::parse("http://127.0.0.1:10000/acct").value()}, service, clock};
};

TEST_F(ZipStreamUpload, sends_the_bytes_that_the_file_would_have) {
  const auto sent = upload_stream(blob, *stream(), target());
  ASSERT_TRUE(sent) << sent.error().message;
  const std::string archive = archive_in_file();
  EXPECT_TRUE(service.content == archive);
  EXPECT_EQ(service.md5, base64_encode(md5_raw(archive)));
  EXPECT_EQ(service.put_blocks, 25);
  EXPECT_EQ(sent->files, 40u);
  std::string md5s;
  for (std::size_t at = 0; at < archive.size(); at += 100'000)
    md5s += md5_raw(std::string_view(archive).substr(at, 100'000));
  EXPECT_EQ(block_digest_of(service.metadata, service.md5, archive.size()),
            (BlockDigest{.block_bytes = 100'000, .digest = base64_encode(md5_raw(md5s))}));
}

TEST_F(ZipStreamUpload, sends_what_is_as_long_as_a_block) {
  auto exact = target();
  exact.options.block_bytes = archive_in_file().size();
  ASSERT_TRUE(upload_stream(blob, *stream(), exact));
  EXPECT_TRUE(service.content == archive_in_file());
}

TEST_F(ZipStreamUpload, sends_blocks_before_everything_is_read) {
  const auto made = stream();
  // What stands at the end is there only once a block has come.
  fs::remove(study / "run139");
  service.on_block = [this] { write("run139", "late"); };
  const auto sent = upload_stream(blob, *made, target());
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->files, 40u);
}

TEST_F(ZipStreamUpload, leaves_no_blob_when_a_file_cannot_be_read) {
  const auto made = stream();
  fs::remove(study / "run139");
  const auto sent = upload_stream(blob, *made, target());
  EXPECT_EQ(sent.error().code, Code::not_found);
  EXPECT_THAT(sent.error().message, HasSubstr("run139"));
  EXPECT_GT(service.put_blocks, 0);
  EXPECT_FALSE(service.content);
}

TEST_F(ZipStreamUpload, sends_only_what_is_missing_after_it_was_cut_short) {
  service.fail_at = 11;
  EXPECT_EQ(upload_stream(blob, *stream(), target()).error().code, Code::permission);
  const auto held = static_cast<int>(service.blocks.size());
  EXPECT_GE(held, 10);
  service.put_blocks = service.fail_at = 0;
  ASSERT_TRUE(upload_stream(blob, *stream(), target()));
  EXPECT_EQ(service.put_blocks, 25 - held);
  EXPECT_TRUE(service.content == archive_in_file());
}

TEST_F(ZipStreamUpload, makes_the_container) {
  for (const std::uint64_t block_bytes : {std::uint64_t{100'000}, 8 * mebibyte}) {
    service.container = false;
    auto where = target();
    where.options.block_bytes = block_bytes;
    const auto sent = upload_stream(blob, *stream(), where);
    ASSERT_TRUE(sent) << sent.error().message;
    EXPECT_TRUE(service.content == archive_in_file());
    service.content.reset();
  }
}

TEST_F(ZipStreamUpload, makes_nothing_that_is_not_accepted) {
  for (const std::uint64_t block_bytes : {std::uint64_t{100'000}, 8 * mebibyte}) {
    auto where = target();
    where.options.block_bytes = block_bytes;
    where.accept = [](const ZipSummary&) -> Status { return fail(Code::conflict, "changed"); };
    EXPECT_EQ(upload_stream(blob, *stream(), where).error().code, Code::conflict);
    EXPECT_FALSE(service.content);
  }
}

TEST_F(ZipStreamUpload, by_content_zips_nothing_that_is_there) {
  const auto first = zip_and_upload_if_absent(blob, "cont1", "inputs/", study);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->name, "inputs/" + hash_directory(study).value().sha256 + ".zip");
  service.content = "as it was";
  const auto again = zip_and_upload_if_absent(blob, "cont1", "inputs/", study);
  ASSERT_TRUE(again);
  EXPECT_EQ(service.content, "as it was");
  EXPECT_EQ(again->content.files, 40u);
}

TEST_F(ZipStreamUpload, commits_again_when_the_answer_of_the_first_commit_is_lost) {
  service.lost = fail(Code::timeout, "no answer");
  Retrying retrying(service, clock, {});
  AzureBlob client({.endpoint = Url::parse("http://127.0.0.1/acct").value()}, retrying, clock);
  const auto source = stream();
  const auto sent = upload_stream(client, *source, target());
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_FALSE(service.lost);
  EXPECT_TRUE(service.content == archive_in_file());
}

TEST_F(ZipStreamUpload, sends_of_an_archive_that_is_there_only_the_blocks_that_changed) {
  ASSERT_TRUE(upload_stream(blob, *stream(), target()));
  const int first = std::exchange(service.put_blocks, 0);
  write("run139", "changed");
  ASSERT_TRUE(upload_stream(blob, *stream(), target()));
  EXPECT_LT(service.put_blocks, first / 2);
  EXPECT_TRUE(service.content == archive_in_file());
}

TEST_F(ZipStreamUpload, by_content_is_done_when_only_the_answer_was_lost) {
  service.lost = fail(Code::timeout, "no answer");
  const auto zipped = zip_and_upload_if_absent(blob, "cont1", "inputs/", study);
  ASSERT_TRUE(zipped) << zipped.error().message;
  EXPECT_TRUE(service.content == archive_in_file());
}

}  // namespace
}  // namespace dms::blob
