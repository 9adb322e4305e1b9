// Every operation of the Blob service that this project speaks, one row each, used by both ends.
//
// A row's path holds the query parameters that name the operation (restype, comp); others go beside
// it. {blob} is the rest of the path, slashes included. Source: Blob Storage REST reference.
#pragma once

#include <string>
#include <string_view>

#include "blob/wire.h"
#include "blob/wire_access.h"
#include "core/operation.h"
#include "core/result.h"

namespace dms::blob::op {

using dms::Nothing;
using dms::Operation;
using dms::Repeat;

// clang-format off
inline constexpr Operation<Nothing, std::string>    get_user_delegation_key {"GetUserDelegationKey",   "POST",   "/?restype=service&comp=userdelegationkey", 200};
inline constexpr Operation<Nothing, ContainerList>  list_containers         {"ListContainers",         "GET",    "/?comp=list", 200};
inline constexpr Operation<Nothing, Nothing>        create_container        {"CreateContainer",        "PUT",    "/{container}?restype=container", 201, {}, Repeat::by_id};
inline constexpr Operation<Nothing, ContainerItem>  get_container_properties{"GetContainerProperties", "HEAD",   "/{container}?restype=container", 200};
inline constexpr Operation<Nothing, AccessPolicies> get_container_acl       {"GetContainerAcl",        "GET",    "/{container}?restype=container&comp=acl", 200};
inline constexpr Operation<AccessPolicies, Nothing> set_container_acl       {"SetContainerAcl",        "PUT",    "/{container}?restype=container&comp=acl", 200};
inline constexpr Operation<Nothing, Nothing>        delete_container        {"DeleteContainer",        "DELETE", "/{container}?restype=container", 202};
inline constexpr Operation<Nothing, BlobList>       list_blobs              {"ListBlobs",              "GET",    "/{container}?restype=container&comp=list", 200};
inline constexpr Operation<std::string, Nothing>    put_blob                {"PutBlob",                "PUT",    "/{container}/{blob}", 201};
inline constexpr Operation<Nothing, Nothing>        copy_blob               {"CopyBlob",               "PUT",    "/{container}/{blob}", 202};
inline constexpr Operation<std::string, Nothing>    put_block               {"PutBlock",               "PUT",    "/{container}/{blob}?comp=block", 201};
inline constexpr Operation<BlockRefs, Nothing>      put_block_list          {"PutBlockList",           "PUT",    "/{container}/{blob}?comp=blocklist", 201};
inline constexpr Operation<Nothing, BlockList>      get_block_list          {"GetBlockList",           "GET",    "/{container}/{blob}?comp=blocklist", 200};
inline constexpr Operation<Nothing, std::string>    get_blob                {"GetBlob",                "GET",    "/{container}/{blob}", 200};
inline constexpr Operation<Nothing, BlobItem>       get_blob_properties     {"GetBlobProperties",      "HEAD",   "/{container}/{blob}", 200};
inline constexpr Operation<Nothing, Nothing>        delete_blob             {"DeleteBlob",             "DELETE", "/{container}/{blob}", 202};
// clang-format on

// Calls `use` with every row, for tables of all operations.
template <class Use>
constexpr void for_each(Use&& use) {
  const auto all = [&](const auto&... rows) { (use(rows), ...); };
  all(get_user_delegation_key, list_containers, create_container, get_container_properties,
      get_container_acl, set_container_acl, delete_container, list_blobs, put_blob, copy_blob,
      put_block, put_block_list, get_block_list, get_blob, get_blob_properties, delete_blob);
}

}  // namespace dms::blob::op
