// Operations that stage a block: from the request's body, or from another blob.
#include <memory>

#include "blob/errors.h"
#include "service/answer_files.h"
#include "service/blob/blob_headers.h"
#include "service/blob/blob_service.h"

namespace dms::service {

using blob::blob_error;

namespace {

constexpr std::size_t copy_bytes = 1 << 20;

Result<std::string> block_id_of(const BlobCall& call) {
  const std::string id(call.query_value("blockid"));
  if (id.empty()) return blob_error("MissingRequiredQueryParameter", "blockid is missing");
  const auto decoded = base64_decode(id);
  if (!decoded || decoded->empty() || decoded->size() > 64) return blob_error("InvalidBlockId");
  return id;
}

Status copy_into(ContentUpload& upload, AnswerFiles files) {
  const auto room = std::make_unique_for_overwrite<char[]>(copy_bytes);
  for (;;) {
    DMS_TRY(const std::size_t count, files.read({room.get(), copy_bytes}));
    if (count == 0) return ok();
    DMS_CHECK(upload.write({room.get(), count}));
  }
}

}  // namespace

Result<Answer> BlobService::put_block(const BlobCall& call) {
  DMS_TRY(const std::string id, block_id_of(call));
  DMS_TRY(const std::string md5, checked_md5(call.request, call.upload->md5()));
  DMS_CHECK(stage_block(call, *call.upload, id));
  Answer answer{.status = 201};
  answer.headers.set("Content-MD5", md5);
  answer.headers.set("x-ms-request-server-encrypted", "true");
  return answer;
}

Result<Answer> BlobService::look_at_block_source(const BlobCall& call) {
  std::lock_guard lock(mutex_);
  DMS_CHECK(check_access(call.access, "cw"));
  DMS_TRY(const BlobRecord* source, copy_source(call));
  const std::uint64_t length = source->properties.content_length;
  Request ranged;
  if (const auto range = call.request.headers.find("x-ms-source-range"))
    ranged.headers.set("x-ms-range", std::string(*range));
  DMS_TRY(const auto range, range_of(ranged, length));
  Answer answer;
  answer.files = ranges_of(content_, source->pieces, range.value_or(ByteRange{0, length}));
  return answer;
}

Result<Answer> BlobService::put_block_from_url(const BlobCall& call) {
  DMS_TRY(const std::string id, block_id_of(call));
  DMS_TRY(const Answer source, look_and_open(call, &BlobService::look_at_block_source));
  DMS_TRY(AnswerFiles files, AnswerFiles::open(source.files));
  const auto upload = content_.upload();
  DMS_CHECK(copy_into(*upload, std::move(files)));
  DMS_TRY(const std::string md5,
          checked_md5(call.request, upload->md5(), "x-ms-source-content-md5"));
  DMS_CHECK(stage_block(call, *upload, id));
  Answer answer{.status = 201};
  answer.headers.set("Content-MD5", md5);
  answer.headers.set("x-ms-request-server-encrypted", "true");
  return answer;
}

Status BlobService::stage_block(const BlobCall& call, ContentUpload& upload,
                                const std::string& id) {
  if (upload.size() == 0) return blob_error("InvalidHeaderValue", "a block must not be empty");
  DMS_TRY(const NewContent content, upload.finish());
  const Piece piece{content.file, static_cast<std::int64_t>(upload.size()), id};
  Ticket ticket = 0;
  std::vector<std::string> garbage;
  {
    std::lock_guard lock(mutex_);
    const auto give_up = [&](Error error) {
      content_.remove(content.file);
      return error;
    };
    auto container = container_of(call);
    if (!container) return give_up(std::move(container).error());
    if (auto allowed = check_lease_of(call, index_.find_blob(call.container, call.blob)); !allowed)
      return give_up(std::move(allowed).error());
    auto& staged = (*container)->staged[call.blob];
    if (!staged.empty() && staged.begin()->first.size() != id.size())
      return give_up(blob_error("InvalidBlobOrBlock"));
    if (const auto old = staged.find(id); old != staged.end()) garbage.push_back(old->second.file);
    staged[id] = piece;
    ticket = journal_.enqueue({block_row(call.container, call.blob, piece)}, {content});
  }
  return commit(ticket, garbage);
}

}  // namespace dms::service
