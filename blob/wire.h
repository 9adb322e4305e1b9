// What the Blob service's requests and answers carry, as values. Used by the client and by the
// local service; blob/xml.h writes and reads those that travel as XML.
//
// Source: Blob Storage REST reference. ETags are held unquoted; the quotes belong to the headers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace dms::blob {

// The x-ms-version that the client sends: new enough for 4000 MiB blocks, old enough for every
// emulator.
inline constexpr std::string_view storage_version = "2021-12-02";

inline constexpr std::uint64_t mebibyte = 1024 * 1024;
inline constexpr std::uint64_t max_block_bytes = 4000 * mebibyte;
inline constexpr std::uint64_t max_put_blob_bytes = 5000 * mebibyte;
inline constexpr std::size_t max_blocks = 50'000;
inline constexpr int max_list_results = 5000;

// Names (without x-ms-meta-) in lower case, as the wire compares them without regard to case.
using Metadata = std::map<std::string, std::string>;

// The headers under which a blob is served, as its writer set them. Empty: not set.
struct BlobHttpHeaders {
  std::string content_type;
  std::string content_encoding;
  std::string content_language;
  std::string content_disposition;
  std::string cache_control;
  std::string content_md5;  // Base64
  bool operator==(const BlobHttpHeaders&) const = default;
};

struct BlobProperties {
  std::optional<Timestamp> creation_time;
  Timestamp last_modified;
  std::string etag;
  std::uint64_t content_length = 0;
  BlobHttpHeaders http;
  std::string blob_type = "BlockBlob";
  bool operator==(const BlobProperties&) const = default;
};

// What lists and headers say of a lease: "available" "unlocked", "leased" "locked" "infinite".
struct LeaseWords {
  std::string state = "available";
  std::string status = "unlocked";
  std::string duration;  // "infinite" or "fixed", of a lease that is held
  bool operator==(const LeaseWords&) const = default;
};

// Of a blob that a Copy Blob made and no write has changed since.
struct CopyState {
  std::string id;
  std::string source;    // URL, without its query
  std::string status;    // success, pending, failed, aborted
  std::string progress;  // "bytes/total"
  std::optional<Timestamp> completed;
  bool operator==(const CopyState&) const = default;
};

struct BlobItem {
  std::string name;
  BlobProperties properties;
  Metadata metadata;  // in a list only when include=metadata asked for it
  LeaseWords lease = {};
  std::optional<CopyState> copy = {};  // in a list only when include=copy asked for it
  bool operator==(const BlobItem&) const = default;
};

// One page of List Blobs. An empty page with a next_marker is legal.
struct BlobList {
  std::string service_endpoint;
  std::string container;
  std::string prefix;
  std::string marker;
  int max_results = max_list_results;
  std::string delimiter;  // empty: the flat list
  std::vector<BlobItem> blobs;
  std::vector<std::string> prefixes;  // the "directories" of a list with a delimiter
  std::string next_marker;            // empty: the last page
  bool operator==(const BlobList&) const = default;
};

enum class PublicAccess { none, blob, container };

struct ContainerItem {
  std::string name;
  Timestamp last_modified;
  std::string etag;
  PublicAccess public_access = PublicAccess::none;
  Metadata metadata;
  LeaseWords lease = {};
  bool operator==(const ContainerItem&) const = default;
};

// One page of List Containers.
struct ContainerList {
  std::string service_endpoint;
  std::string prefix;
  std::string marker;
  int max_results = max_list_results;
  std::vector<ContainerItem> containers;
  std::string next_marker;
  bool operator==(const ContainerList&) const = default;
};

struct Block {
  std::string id;  // Base64, as in the request's blockid
  std::uint64_t size_bytes = 0;
  bool operator==(const Block&) const = default;
};

// The answer to Get Block List.
struct BlockList {
  std::vector<Block> committed;
  std::vector<Block> uncommitted;
  bool operator==(const BlockList&) const = default;
};

// Where Put Block List looks for a block; `latest` prefers the uncommitted one.
enum class BlockSource { committed, uncommitted, latest };

struct BlockRef {
  BlockSource source = BlockSource::latest;
  std::string id;
  bool operator==(const BlockRef&) const = default;
};

// The body of Put Block List, in the order of the blob's bytes.
using BlockRefs = std::vector<BlockRef>;

// The body of an error answer. `details` are the extra elements, such as ServerCalculatedMd5.
struct ErrorBody {
  std::string code;
  std::string message;
  std::vector<std::pair<std::string, std::string>> details;
  bool operator==(const ErrorBody&) const = default;
};

}  // namespace dms::blob
