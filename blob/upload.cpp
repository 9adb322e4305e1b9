// The uploads of AzureBlob: one Put Blob for what is small, blocks for what is not.
#include <fmt/format.h>

#include <algorithm>

#include "blob/azure_blob.h"
#include "blob/block_digest.h"
#include "blob/block_upload.h"
#include "blob/content_md5.h"
#include "blob/operations.h"
#include "blob/steady_file.h"
#include "blob/xml.h"
#include "core/crypto.h"
#include "core/file.h"

namespace dms::blob {
namespace {

Headers blob_headers(const UploadOptions& options) {
  Headers headers;
  headers.set("x-ms-blob-content-type", options.content_type);
  if (options.overwrite == Overwrite::no) headers.set("If-None-Match", "*");
  add_metadata(headers, options.metadata);
  return headers;
}

Result<BlobStamp> stamp_of(const Response& response) {
  DMS_TRY(const auto modified, Timestamp::parse(response.headers.get("Last-Modified")));
  return BlobStamp{unquoted(response.headers.get("ETag")), modified};
}

Idempotency idempotency_of(const UploadOptions& options) {
  return options.overwrite == Overwrite::no ? Idempotency::not_idempotent : Idempotency::idempotent;
}

// What the service holds of a blob that is being written: nothing when it is new, or when we may
// not ask.
Result<HeldBlocks> held_blocks(const Rest& rest, const Names& names) {
  const auto answer = rest.call(op::get_block_list, names, {.query = {{"blocklisttype", "all"}}});
  if (!answer) {
    const Code code = answer.error().code;
    if (code == Code::not_found || code == Code::permission) return HeldBlocks{};
    return answer.error();
  }
  DMS_TRY(const BlockList list, read_block_list(answer->body));
  HeldBlocks held;
  for (const auto* blocks : {&list.committed, &list.uncommitted})
    for (const Block& block : *blocks) held[block.id] = block.size_bytes;
  return held;
}

}  // namespace

Result<BlobStamp> AzureBlob::put_whole(const Names& names, BodySource& content,
                                       const UploadOptions& options, Idempotency idempotency) {
  Headers headers = blob_headers(options);
  headers.set("x-ms-blob-type", "BlockBlob");
  DMS_TRY(auto md5, content_md5(content));
  headers.set("Content-MD5", std::move(md5));
  DMS_CHECK(content.rewind());
  Call call{.headers = std::move(headers), .idempotency = idempotency};
  if (content.size() > 0) call.source = &content;
  ByteBudget::Share share;
  if (options.budget) {
    DMS_TRY(share, options.budget->take(content.size(), rest_.stop_token()));
  }
  DMS_TRY(const auto answer, rest_.call(op::put_blob, names, std::move(call)));
  if (options.meter) options.meter->moved_bytes += content.size();
  return stamp_of(answer);
}

Result<BlobStamp> AzureBlob::commit_blocks(const Names& names, const BlockRefs& blocks,
                                           const UploadOptions& options, std::string md5,
                                           Idempotency idempotency) {
  std::string body = write_block_refs(blocks);
  Headers headers = blob_headers(options);
  if (!md5.empty()) headers.set("x-ms-blob-content-md5", std::move(md5));
  headers.set("Content-MD5", base64_encode(md5_raw(body)));
  headers.set("Content-Type", "application/xml");
  DMS_TRY(const auto answer, rest_.call(op::put_block_list, names,
                                        {.headers = std::move(headers),
                                         .body = std::move(body),
                                         .idempotency = idempotency}));
  return stamp_of(answer);
}

Result<BlobStamp> AzureBlob::put_blocks(const Names& names, BodySource& content,
                                        const UploadOptions& options, Idempotency idempotency) {
  const std::uint64_t block_bytes = fitting_block_bytes(content.size(), options.block_bytes);
  BlockUploadOptions how{.block_bytes = block_bytes,
                         .parallel = options.parallel,
                         .budget = options.budget,
                         .meter = options.meter};
  if (block_bytes > max_block_bytes)
    return fail(Code::invalid_argument,
                fmt::format("{} bytes are too many for one blob", content.size()));
  ByteBudget own(static_cast<std::uint64_t>(std::max(options.parallel, 1)) * options.block_bytes);
  if (!how.budget) how.budget = &own;
  DMS_TRY(how.held, held_blocks(rest_, names));
  const auto put = [&](const UploadBlock& block, const std::stop_token& stop) {
    StringSource source(block.content);
    auto answer = rest_.call(op::put_block, names,
                             {.query = {{"blockid", block.id}},
                              .headers = {{"Content-MD5", block.md5}},
                              .source = &source},
                             stop);
    return answer ? ok() : Status(std::move(answer).error());
  };
  DMS_TRY(auto sent, BlockUpload(content, put, std::move(how)).run(rest_.stop_token()));
  auto md5 = base64_encode(sent.md5);
  UploadOptions committed = options;
  set_block_digest(committed.metadata, block_bytes, sent.block_md5s, md5);
  return commit_blocks(names, sent.blocks, committed, std::move(md5), idempotency);
}

Result<BlobStamp> AzureBlob::upload(const Names& names, BodySource& content,
                                    const UploadOptions& options, Idempotency idempotency) {
  if (content.size() <= std::min(options.single_put_bytes, max_put_blob_bytes))
    return put_whole(names, content, options, idempotency);
  auto written = put_blocks(names, content, options, idempotency);
  // Somebody else wrote the blob meanwhile and took the blocks with him: once more, with what is
  // there now.
  if (!written && written.error().service_code == "InvalidBlockList")
    return put_blocks(names, content, options, idempotency);
  return written;
}

Result<BlobStamp> AzureBlob::upload_blob(std::string_view container, std::string_view blob,
                                         BodySource& content, const UploadOptions& options) {
  return upload({.container = container, .blob = blob}, content, options, idempotency_of(options));
}

Result<BlobStamp> AzureBlob::upload_blob(std::string_view container, std::string_view blob,
                                         std::string_view content, const UploadOptions& options) {
  StringSource source(content);
  return upload_blob(container, blob, source, options);
}

Result<BlobStamp> AzureBlob::upload_file_to_container(std::string_view container,
                                                      std::string_view blob,
                                                      const std::filesystem::path& file,
                                                      const UploadOptions& options) {
  DMS_TRY(auto source, SteadyFile::open(file.string()));
  auto written = upload_blob(container, blob, source, options);
  if (written || written.error().service_code != "ContainerNotFound" ||
      !(account_.key || account_.has_tokens))
    return written;
  DMS_CHECK(create_container(container));
  return upload_blob(container, blob, source, options);
}

Result<Creation> AzureBlob::upload_if_absent(std::string_view container, std::string_view blob,
                                             BodySource& content, UploadOptions options) {
  // Asking first saves sending what is there already. A SAS that may only write cannot ask.
  const auto there = exists_blob(container, blob);
  if (there && *there) return Creation::already_there;
  if (!there && there.error().code != Code::permission) return there.error();
  options.overwrite = Overwrite::no;
  const auto written =
      upload({.container = container, .blob = blob}, content, options, Idempotency::idempotent);
  if (written) return Creation::created;
  if (written.error().code == Code::already_exists) return Creation::already_there;
  return written.error();
}

Status AzureBlob::put_block(std::string_view container, std::string_view blob,
                            std::string_view block_id, std::string content) {
  Headers headers{{"Content-MD5", base64_encode(md5_raw(content))}};
  DMS_CHECK(rest_.call(op::put_block, {.container = container, .blob = blob},
                       {.query = {{"blockid", std::string(block_id)}},
                        .headers = std::move(headers),
                        .body = std::move(content)}));
  return ok();
}

Result<BlobStamp> AzureBlob::put_block_list(std::string_view container, std::string_view blob,
                                            const BlockRefs& blocks, const UploadOptions& options,
                                            std::string content_md5) {
  return commit_blocks({.container = container, .blob = blob}, blocks, options,
                       std::move(content_md5), idempotency_of(options));
}

Result<BlockList> AzureBlob::get_block_list(std::string_view container, std::string_view blob) {
  DMS_TRY(const auto answer, rest_.call(op::get_block_list, {.container = container, .blob = blob},
                                        {.query = {{"blocklisttype", "all"}}}));
  return read_block_list(answer.body);
}

}  // namespace dms::blob
