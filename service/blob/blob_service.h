// The Blob REST API of the local service: containers and block blobs, path-style, with the account
// as the first part of the path, as Azurite's.
//
// Thread-safe. The index is guarded by one mutex; bytes move outside of it. A write is answered
// when its bytes and its row are durable. Source: Blob Storage REST reference.
#pragma once

#include <functional>
#include <mutex>

#include "core/clock.h"
#include "service/blob/access.h"
#include "service/blob/content.h"
#include "service/blob/content_journal.h"
#include "service/blob/index.h"
#include "service/exchange.h"

namespace dms::service {

// A request to the Blob endpoint, taken apart.
struct BlobCall {
  const Request& request;
  Query query;
  std::string container;  // decoded; empty for the account itself
  std::string blob;       // decoded; empty for a container
  Access access;
  ContentUpload* upload = nullptr;  // the body of a write

  std::string_view query_value(std::string_view name) const;
};

class BlobService final : public Handler {
 public:
  // Requires: store and clock outlive this; `index` is loaded from the store, after
  // ContentJournal::restore.
  BlobService(SharedKey key, std::string endpoint, BlobIndex index, Content content, Store& store,
              Clock& clock);

  BodyPlan plan(const Request& head) override;
  Answer handle(const Request& request, std::unique_ptr<Upload> upload) override;
  Answer too_large(const Request& head) override;
  Answer upload_failed(const Request& head, const Error& error) override;

 private:
  using Operation = Result<Answer> (BlobService::*)(const BlobCall&);

  // Whom and what a request is about, and who sends it.
  Result<BlobCall> receive(const Request& request);
  // All but the caller.
  Result<BlobCall> take_apart(const Request& request) const;
  // Under the mutex when the query follows a stored access policy.
  Status identify_caller(BlobCall& call);
  Result<Operation> find_operation(const BlobCall& call) const;

  Result<Answer> show_account(const BlobCall& call);
  Result<Answer> list_containers(const BlobCall& call);
  Result<Answer> create_container(const BlobCall& call);
  Result<Answer> get_container(const BlobCall& call);
  Result<Answer> delete_container(const BlobCall& call);
  Result<Answer> set_container_metadata(const BlobCall& call);
  Result<Answer> get_container_acl(const BlobCall& call);
  Result<Answer> set_container_acl(const BlobCall& call);
  Result<Answer> lease_container(const BlobCall& call);
  Result<Answer> list_blobs(const BlobCall& call);
  Result<Answer> put_blob(const BlobCall& call);
  Result<Answer> copy_blob(const BlobCall& call);
  Result<Answer> put_block(const BlobCall& call);
  Result<Answer> put_block_from_url(const BlobCall& call);
  Result<Answer> put_block_list(const BlobCall& call);
  Result<Answer> get_block_list(const BlobCall& call);
  Result<Answer> get_blob(const BlobCall& call);
  Result<Answer> delete_blob(const BlobCall& call);
  Result<Answer> set_metadata(const BlobCall& call);
  Result<Answer> set_properties(const BlobCall& call);
  Result<Answer> lease_blob(const BlobCall& call);

  Result<ContainerRecord*> container_of(const BlobCall& call);
  Result<BlobRecord*> blob_of(const BlobCall& call);
  // Whether the caller may read: by its access, or because the container is public.
  Status check_read(const BlobCall& call, std::string_view letters);
  // Whether the caller may write the blob as it now is, its conditions and its lease included.
  Status check_write(const BlobCall& call, std::string_view new_letters);
  // Whether the lease id that a caller names, if any, is that of the blob.
  Status check_read_lease(const BlobCall& call, const Lease& lease, Leased what) const;
  // Whether the lease of the blob, null when there is none, lets the caller write it.
  Status check_lease_of(const BlobCall& call, const BlobRecord* record) const;
  // Makes what is in `upload` an uncommitted block of the blob, and returns when that is durable.
  Status stage_block(const BlobCall& call, ContentUpload& upload, const std::string& id);
  // The head of a blob's answer and where its bytes are.
  Result<Answer> look_at_blob(const BlobCall& call);
  // Where the bytes are that Put Block From URL reads.
  Result<Answer> look_at_block_source(const BlobCall& call);
  // Opens what `look` found. A blob may be replaced or deleted between the two: then it looks
  // again.
  Result<Answer> look_and_open(const BlobCall& call,
                               Result<Answer> (BlobService::*look)(const BlobCall&));
  // The blob that a copy reads, once its caller may. Under the mutex.
  Result<const BlobRecord*> copy_source(const BlobCall& call);
  // Makes the blob, and what was staged for it, what `write` makes of its record, and returns when
  // that is durable; `headers` get its ETag and time. The files of `fresh` go when the caller may
  // not write.
  Status replace_blob(const BlobCall& call, const std::vector<NewContent>& fresh, Headers& headers,
                      const std::function<void(BlobRecord&)>& write);
  // Changes what a blob says of itself, not its bytes.
  Result<Answer> describe_anew(const BlobCall& call, void (*change)(BlobRecord&, const Request&));
  // Makes the container what `change` makes of it, once its lease and the conditions allow it, and
  // answers when that is durable.
  Result<Answer> change_container(const BlobCall& call,
                                  const std::function<void(ContainerRecord&)>& change);
  Status commit(Ticket ticket, const std::vector<std::string>& content_to_remove);
  Answer fail_with(const Request& request, const Error& error) const;
  void add_common_headers(const Request& request, Headers& headers) const;
  // Makes the blob one that was written just now; the time of its creation stays.
  void touch(BlobRecord& record);
  // A moment later than every one given before, so that ETags differ.
  Timestamp next_moment();

  const SharedKey key_;
  const std::string endpoint_;  // "http://127.0.0.1:18080/account"
  const Content content_;
  Store& store_;
  ContentJournal journal_;
  Clock& clock_;
  std::mutex mutex_;
  BlobIndex index_;        // guarded by mutex_
  Timestamp last_moment_;  // guarded by mutex_
};

}  // namespace dms::service
