// The uploads of AzureBlob: one Put Blob for what is small, blocks for what is not.
#include <fmt/format.h>

#include <array>

#include "blob/azure_blob.h"
#include "blob/block_upload.h"
#include "blob/operations.h"
#include "blob/xml.h"
#include "core/crypto.h"
#include "core/file.h"

namespace dms::blob {
namespace {

// MD5 in Base64 of all that a source has.
Result<std::string> content_md5(BodySource& content) {
  DMS_CHECK(content.rewind());
  Md5 md5;
  std::vector<char> buffer(std::size_t{256} * 1024);
  while (true) {
    DMS_TRY(const std::size_t count, content.read(buffer));
    if (count == 0) return base64_encode(md5.finish());
    md5.update(std::span(buffer).first(count));
  }
}

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
  DMS_TRY(const auto answer, rest_.call(op::put_blob, names, std::move(call)));
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

Result<BlobStamp> AzureBlob::upload(const Names& names, BodySource& content,
                                    const UploadOptions& options, Idempotency idempotency) {
  if (content.size() <= std::min(options.single_put_bytes, max_put_blob_bytes))
    return put_whole(names, content, options, idempotency);
  const auto block_bytes = fitting_block_bytes(content.size(), options.block_bytes);
  if (block_bytes > max_block_bytes)
    return fail(Code::invalid_argument,
                fmt::format("{} bytes are too many for one blob", content.size()));
  const auto put = [&](const std::string& id, std::string_view bytes, std::stop_token stop) {
    StringSource source(bytes);
    auto answer = rest_.call(op::put_block, names,
                             {.query = {{"blockid", id}},
                              .headers = {{"Content-MD5", base64_encode(md5_raw(bytes))}},
                              .source = &source},
                             stop);
    return answer ? ok() : Status(std::move(answer).error());
  };
  BlockUpload blocks(content, block_bytes, put);
  DMS_TRY(auto sent, blocks.run(options.parallel, rest_.stop_token()));
  return commit_blocks(names, sent.blocks, options, base64_encode(sent.md5), idempotency);
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
  DMS_TRY(auto source, FileSource::open(file.string()));
  auto written = upload_blob(container, blob, source, options);
  if (written || written.error().service_code != "ContainerNotFound" || !account_.key)
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
