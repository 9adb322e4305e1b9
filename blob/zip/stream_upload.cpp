#include "blob/zip/stream_upload.h"

#include <mutex>
#include <optional>
#include <set>

#include "blob/block_digest.h"
#include "blob/block_upload.h"
#include "blob/parallel.h"
#include "core/crypto.h"

namespace dms::blob {
namespace {

constexpr std::string_view no_container = "ContainerNotFound";

// Up to `bytes` of the archive; fewer at its end.
Result<std::string> read_block(ZipStream& stream, std::uint64_t bytes) {
  std::string block(bytes, '\0');
  DMS_TRY(const auto count, stream.read(block));
  block.resize(count);
  return block;
}

struct NextBlock {
  std::size_t index = 0;
  std::string content;
};

// One archive in blocks; used once.
class StreamedBlocks {
 public:
  StreamedBlocks(AzureBlob& client, ZipStream& stream, const StreamTarget& target,
                 std::uint64_t block_bytes, std::string first)
      : client_(client),
        stream_(stream),
        target_(target),
        block_bytes_(block_bytes),
        first_(std::move(first)) {}

  Status run() {
    DMS_CHECK(ask_what_is_held());
    DMS_CHECK(in_parallel(target_.options.parallel, {},
                          [this](const std::stop_token&) { return step(); }));
    if (target_.accept) DMS_CHECK(target_.accept(stream_.summary()));
    auto md5 = base64_encode(md5_.finish());
    UploadOptions options = target_.options;
    set_block_digest(options.metadata, block_bytes_, block_md5s_, md5);
    DMS_CHECK(
        client_.put_block_list(target_.container, target_.blob, blocks_, options, std::move(md5)));
    return ok();
  }

 private:
  Status ask_what_is_held() {
    auto list = client_.get_block_list(target_.container, target_.blob);
    if (!list && list.error().service_code == no_container) {
      DMS_CHECK(client_.create_container(target_.container));
      return ok();
    }
    // A signature that may only write cannot ask; then everything is sent.
    if (!list) return ok();
    for (const auto* blocks : {&list->committed, &list->uncommitted})
      for (const auto& block : *blocks) held_.insert(block.id);
    return ok();
  }

  Result<Work> step() {
    DMS_TRY(auto block, next());
    if (!block) return Work::nothing_left;
    const std::string md5 = md5_raw(block->content);
    const std::string id = block_id(block->index, md5);
    if (!held_.contains(id))
      DMS_CHECK(client_.put_block(target_.container, target_.blob, id, std::move(block->content)));
    const std::lock_guard lock(mutex_);
    blocks_[block->index].id = id;
    block_md5s_.replace(block->index * md5.size(), md5.size(), md5);
    return Work::more;
  }

  // Nothing after the last.
  Result<std::optional<NextBlock>> next() {
    const std::lock_guard lock(mutex_);
    if (ended_) return std::optional<NextBlock>{};
    NextBlock block{.index = blocks_.size(), .content = std::move(first_)};
    if (block.index > 0) {
      DMS_TRY(block.content, read_block(stream_, block_bytes_));
    }
    ended_ = block.content.size() < block_bytes_;
    if (block.content.empty()) return std::optional<NextBlock>{};
    md5_.update(block.content);
    // Whichever of the two the service has by now, see BlockUpload.
    blocks_.push_back({BlockSource::latest, {}});
    block_md5s_.append(Md5::digest_bytes, '\0');
    return std::optional(std::move(block));
  }

  AzureBlob& client_;
  ZipStream& stream_;
  const StreamTarget& target_;
  const std::uint64_t block_bytes_;
  std::set<std::string> held_;

  std::mutex mutex_;  // guards what follows, and the reading of stream_
  std::string first_;
  BlockRefs blocks_;
  std::string block_md5s_;
  Md5 md5_;
  bool ended_ = false;
};

Status upload_whole(AzureBlob& client, ZipStream& stream, const StreamTarget& target,
                    const std::string& archive) {
  if (target.accept) DMS_CHECK(target.accept(stream.summary()));
  const auto upload = [&] {
    return client.upload_blob(target.container, target.blob, archive, target.options);
  };
  auto written = upload();
  if (!written && written.error().service_code == no_container) {
    DMS_CHECK(client.create_container(target.container));
    written = upload();
  }
  if (!written) return std::move(written).error();
  return ok();
}

}  // namespace

Result<ZipSummary> upload_stream(AzureBlob& client, ZipStream& stream, const StreamTarget& target) {
  const auto block_bytes = fitting_block_bytes(stream.most_bytes(), target.options.block_bytes);
  DMS_TRY(std::string first, read_block(stream, block_bytes));
  if (first.size() < block_bytes) {
    DMS_CHECK(upload_whole(client, stream, target, first));
  } else {
    DMS_CHECK(StreamedBlocks(client, stream, target, block_bytes, std::move(first)).run());
  }
  return stream.summary();
}

}  // namespace dms::blob
