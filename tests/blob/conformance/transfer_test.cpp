// Transfers against a real service: ranges, blocks that are held, copies, directories.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "blob/block_digest.h"
#include "blob/transfer.h"
#include "core/file.h"
#include "tests/blob/conformance/service.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t piece = 64 * 1024;
const UploadOptions in_blocks{.single_put_bytes = piece, .block_bytes = piece};
constexpr DownloadOptions in_ranges{.range_bytes = piece};

class TransferConformance : public BlobConformance {
 protected:
  TransferConformance() { content = random_bytes(10 * piece + 123); }
  void write(const std::string& name, const std::string& text) {
    const fs::path path = dir.path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  std::string read(const std::string& name) { return read_file(dir / name).value_or("absent"); }

  static std::optional<BlockDigest> digest_of(const BlobItem& item) {
    return block_digest_of(item.metadata, item.properties.http.content_md5,
                           item.properties.content_length);
  }
  // As a tool does that keeps what it finds.
  void rewrite(const std::string& name, const Metadata& metadata, const std::string& md5) {
    const auto id = base64_encode("00000");
    ASSERT_TRUE(blob.put_block(container, name, id, content));
    ASSERT_TRUE(blob.put_block_list(container, name, {{BlockSource::uncommitted, id}},
                                    {.metadata = metadata}, md5));
  }

  std::string content;
};

TEST_F(TransferConformance, a_large_file_goes_up_in_blocks_and_comes_down_in_ranges) {
  write("big", content);
  const auto stamp = blob.upload_file_to_container(container, "big", dir / "big", in_blocks);
  ASSERT_TRUE(stamp) << stamp.error().message;
  const auto item = blob.get_blob_properties(container, "big");
  EXPECT_EQ(item->properties.http.content_md5, base64_encode(md5_raw(content)));
  TransferMeter meter;
  const auto done =
      blob.download_blob(container, "big", dir / "down", {.range_bytes = piece, .meter = &meter});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(read("down"), content);
  EXPECT_EQ(meter.moved_bytes, content.size());
}

TEST_F(TransferConformance, a_blob_in_blocks_is_held_to_their_digest_as_long_as_it_is_that_blob) {
  write("big", content);
  UploadOptions how = in_blocks;
  how.metadata = {{"run", "7"}};
  ASSERT_TRUE(blob.upload_file_to_container(container, "big", dir / "big", how));
  const auto item = blob.get_blob_properties(container, "big");
  ASSERT_TRUE(item) << item.error().message;
  EXPECT_EQ(item->metadata.at("run"), "7");
  ASSERT_TRUE(digest_of(*item));
  const auto done = blob.download_blob(container, "big", dir / "down", in_ranges);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(read("down"), content);

  // Other content under the old names is refused, ...
  const std::string md5 = item->properties.http.content_md5;
  content[5 * piece] ^= 1;
  rewrite("big", item->metadata, md5);
  const auto wrong = blob.download_blob(container, "big", dir / "wrong", in_ranges);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::corrupt);
  EXPECT_NE(wrong.error().message.find("by blocks"), std::string::npos) << wrong.error().message;
  EXPECT_FALSE(fs::exists(dir / "wrong"));

  // ... and with its own MD5 beside what is said of the old one, it is held to its own.
  rewrite("big", item->metadata, base64_encode(md5_raw(content)));
  const auto again = blob.download_blob(container, "big", dir / "again", in_ranges);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(read("again"), content);
}

TEST_F(TransferConformance, blobs_of_every_size_around_a_range_come_down_whole) {
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{1}, piece - 1, piece, piece + 1, 2 * piece}) {
    put("sized", content.substr(0, size));
    const auto done = blob.download_blob(container, "sized", dir / "sized", in_ranges);
    ASSERT_TRUE(done) << size << ": " << done.error().message;
    EXPECT_EQ(read("sized"), content.substr(0, size)) << size;
  }
}

TEST_F(TransferConformance, blocks_that_are_held_are_not_sent_again) {
  write("big", content);
  ASSERT_TRUE(blob.upload_file_to_container(container, "big", dir / "big", in_blocks));
  content.replace(3 * piece + 5, 4, "ABCD");
  write("big", content);
  TransferMeter meter;
  UploadOptions counted = in_blocks;
  counted.meter = &meter;
  const auto stamp = blob.upload_file_to_container(container, "big", dir / "big", counted);
  ASSERT_TRUE(stamp) << stamp.error().message;
  EXPECT_EQ(meter.moved_bytes, piece);
  EXPECT_EQ(get("big"), content);
}

TEST_F(TransferConformance, a_blob_that_changes_between_two_ranges_is_a_conflict) {
  put("big", content);
  struct Changing final : Transport {
    Result<Response> send(const Request& request, std::stop_token stop) override {
      if (request.headers.contains("If-Match")) change();
      return next->send(request, stop);
    }
    Transport* next = nullptr;
    std::function<void()> change;
  } changing;
  const auto config = service_config();
  CurlTransport curl;
  auto key = SharedKey::parse(config.account, config.key).value();
  Signed signer(curl, key, Protocol::blob, system_clock());
  changing.next = &signer;
  std::atomic<bool> once = false;
  changing.change = [&] {
    if (!once.exchange(true)) put("big", std::string(content.size(), 'n'));
  };
  AzureBlob watched({.endpoint = Url::parse(config.endpoint).value(), .key = key}, changing);
  const auto done = watched.download_blob(container, "big", dir / "big", in_ranges);
  EXPECT_EQ(done.error().code, Code::conflict);
  EXPECT_FALSE(fs::exists(dir / "big"));
}

TEST_F(TransferConformance, the_service_copies_a_blob_with_its_metadata) {
  ASSERT_TRUE(blob.upload_blob(container, "dir/a b", content, {.metadata = {{"run", "7"}}}));
  const auto url = blob.readable_url(container, "dir/a b");
  const auto copied = blob.copy_blob(container, "copy", *url);
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->metadata, (Metadata{{"run", "7"}}));
  EXPECT_EQ(get("copy"), content);
  EXPECT_EQ(blob.copy_blob(container, "copy", *url, {.overwrite = Overwrite::no}).error().code,
            Code::already_exists);
  EXPECT_EQ(blob.copy_blob(container, "other", *blob.readable_url(container, "gone")).error().code,
            Code::not_found);
}

TEST_F(TransferConformance, a_directory_goes_up_and_comes_down_as_it_is) {
  write("tree/a.txt", "alpha");
  write("tree/deep/b c#%ü+&?.txt", "beta");
  write("tree/empty", "");
  fs::create_directories(dir.path() / "tree/nothing/here");
  fs::create_symlink("../a.txt", dir.path() / "tree/deep/link");
  ::chmod((dir / "tree/a.txt").c_str(), 0640);
  const BlobPlace place{container, "some/study"};
  const auto sent = upload_directory(dir.path() / "tree", blob, place);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->files, 5u);
  EXPECT_TRUE(sent->failures.empty());
  const auto got = download_directory(blob, place, dir.path() / "back");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->files, 5u);
  EXPECT_EQ(read("back/a.txt"), "alpha");
  EXPECT_EQ(read("back/deep/b c#%ü+&?.txt"), "beta");
  EXPECT_EQ(read("back/empty"), "");
  EXPECT_TRUE(fs::is_directory(dir.path() / "back/nothing/here"));
  EXPECT_EQ(fs::read_symlink(dir.path() / "back/deep/link"), "../a.txt");
  EXPECT_EQ(fs::status(dir.path() / "back/a.txt").permissions(), static_cast<fs::perms>(0640));
  const auto again = upload_directory(dir.path() / "back", blob, place);
  EXPECT_EQ(again->files, 0u);
  EXPECT_EQ(again->skipped_files, 5u);
  const auto copied = copy_directory(blob, place, blob, {container, "copy"});
  EXPECT_EQ(copied->files, 5u);
  EXPECT_EQ(delete_directory(blob, place)->removed, 5u);
  EXPECT_EQ(download_directory(blob, {container, "copy"}, dir.path() / "back")->skipped_files, 5u);
}

// ---- from one account to another ----

class AcrossAccounts : public TransferConformance {
 protected:
  void SetUp() override {
    TransferConformance::SetUp();
    ASSERT_TRUE(target.create_container(other));
  }
  void TearDown() override {
    EXPECT_TRUE(target.delete_container(other));
    TransferConformance::TearDown();
  }
  const BlobClient second = make_azure_blob(second_config()).value();
  AzureBlob& target = *second;
  const std::string other = new_container_name();
};

TEST_F(AcrossAccounts, the_service_copies_a_blob_and_no_byte_passes_here) {
  ASSERT_TRUE(blob.upload_blob(container, "dir/a b+ü", "content", {.metadata = {{"run", "7"}}}));
  const auto url = blob.readable_url(container, "dir/a b+ü").value();
  const auto copied = target.copy_blob(other, "copy", url);
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(copied->properties.content_length, 7u);
  EXPECT_EQ(copied->metadata, (Metadata{{"run", "7"}}));
  EXPECT_EQ(target.read_blob(other, "copy").value(), "content");
  const auto properties = target.get_blob_properties(other, "copy");
  ASSERT_TRUE(properties) << properties.error().message;
}

TEST_F(AcrossAccounts, a_copy_has_the_digest_by_blocks) {
  write("big", content);
  ASSERT_TRUE(blob.upload_file_to_container(container, "big", dir / "big", in_blocks));
  const auto copied = target.copy_blob(other, "copy", blob.readable_url(container, "big").value());
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_TRUE(digest_of(*copied));
  EXPECT_EQ(digest_of(*copied), digest_of(blob.get_blob_properties(container, "big").value()));
  const auto done = target.download_blob(other, "copy", dir / "down", in_ranges);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(read("down"), content);
}

TEST_F(AcrossAccounts, the_source_opens_to_a_signature_that_may_read_it_and_to_no_other) {
  put("a", "content");
  const auto wrong = blob.get_blob_sas_url(container, "a", {.permissions = "w"}).value();
  const auto refused = target.copy_blob(other, "copy", wrong);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().code == Code::not_found || refused.error().code == Code::permission)
      << refused.error().message;
  EXPECT_EQ(refused.error().message.find("sig="), std::string::npos);
  EXPECT_FALSE(target.exists_blob(other, "copy").value());
}

TEST_F(AcrossAccounts, a_folder_is_copied_and_what_is_there_is_not_copied_again) {
  for (const auto* name : {"in/a", "in/sub/b", "other"}) put(name, name);
  const auto first =
      copy_directory(blob, {container, "in"}, target, {other, "out"}, TransferOptions{});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->files, 2u);
  EXPECT_EQ(target.read_blob(other, "out/sub/b").value(), "in/sub/b");
  put("in/a", "changed");
  const auto again =
      copy_directory(blob, {container, "in"}, target, {other, "out"}, TransferOptions{});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->files, 1u);
  EXPECT_EQ(again->skipped_files, 1u);
  EXPECT_EQ(target.read_blob(other, "out/a").value(), "changed");
}

}  // namespace
}  // namespace dms::blob
