// What the Blob service knows of containers, blobs and staged blocks, and how it stands in the
// store.
//
//   kind       key                          value
//   container  <container>                  JSON
//   blob       <container>/<blob>           JSON with the pieces of its content in order
//   block      <container>/<blob>\n<id>     JSON of one uncommitted block
//
// Not thread-safe: the Blob service guards it by its mutex.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "blob/wire.h"
#include "blob/wire_access.h"
#include "core/fields.h"
#include "service/blob/lease.h"
#include "service/store.h"

namespace dms::service {

// A stretch of a blob's content: one file of the content store, and the block it came as.
struct Piece {
  std::string file;
  std::int64_t size = 0;
  std::optional<std::string> block_id;
  template <class S = Piece>
  static constexpr auto fields() {
    return std::tuple{required("file", &S::file), required("size", &S::size),
                      field("block", &S::block_id)};
  }
};

struct BlobRecord {
  blob::BlobProperties properties;
  blob::Metadata metadata;
  std::vector<Piece> pieces;
  Lease lease;
  std::optional<blob::CopyState> copy = {};
};

struct ContainerRecord {
  blob::ContainerItem item;
  Lease lease = {};
  blob::AccessPolicies policies = {};
  std::map<std::string, BlobRecord> blobs;
  // Uncommitted blocks of blobs, which need not exist yet.
  std::map<std::string, std::map<std::string, Piece>> staged;
};

struct BlobIndex {
  std::map<std::string, ContainerRecord> containers;

  ContainerRecord* find_container(const std::string& name);
  BlobRecord* find_blob(const std::string& container, const std::string& name);
  // Every content file that a blob or a block refers to.
  std::set<std::string> content_files() const;
};

Change container_row(const ContainerRecord& container);
std::vector<Change> erase_container_rows(const std::string& container);
Change blob_row(const std::string& container, const std::string& name, const BlobRecord& blob);
Change erase_blob_row(const std::string& container, const std::string& name);
// The names of the pieces' files.
std::vector<std::string> files_of(const std::vector<Piece>& pieces);

Change block_row(const std::string& container, const std::string& name, const Piece& block);
// Every uncommitted block of the blob.
Change erase_block_rows(const std::string& container, const std::string& name);

// Fills an empty index. Errors: corrupt, naming the row.
Status load_blob_index(BlobIndex& index, Store& store);

}  // namespace dms::service
