// Shared access signatures: a signature in a URL's query that opens something without the key.
// Both ends: what a client makes, and how a service judges it.
//
//   service SAS      signed with the account's key; opens one container or blob
//   delegation SAS   the same, signed with a key that a token of Microsoft Entra was traded for
//   account SAS      signed with the account's key; opens kinds of things of the whole account
//
// Free functions without state, safe from any thread. The value of `sig` is a secret: it stands in
// no message. Sources: "Create a service SAS", "Create a user delegation SAS" and "Create an
// account SAS", Storage REST reference.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "blob/wire.h"
#include "blob/wire_access.h"
#include "core/http.h"
#include "core/result.h"
#include "core/signing.h"
#include "core/time.h"

namespace dms::blob {

// The query fields of a signature under their own names, decoded. Empty: absent.
struct SasFields {
  std::string sv;     // version that fixes the layout of what is signed
  std::string ss;     // account SAS: services, of "bfqt"
  std::string srt;    // account SAS: resource types, s service, c container, o object
  std::string st;     // start
  std::string se;     // expiry
  std::string sr;     // resource: c container, b blob, bs snapshot, bv version of a blob
  std::string sp;     // permission letters; no order is required
  std::string sip;    // client address, or range "a-b"
  std::string spr;    // "https" or "https,http"; empty allows both
  std::string si;     // stored access policy
  std::string skoid;  // delegation: object and
  std::string sktid;  //   tenant of who asked for the key,
  std::string skt;    //   its start,
  std::string ske;    //   expiry,
  std::string sks;    //   service
  std::string skv;    //   and version;
  std::string saoid;  //   who may use the signature without a check of its own,
  std::string suoid;  //   or with one;
  std::string scid;   //   a word for the service's log
  std::string ses;    // encryption scope
  std::string rscc;   // answer headers: Cache-Control,
  std::string rscd;   //   Content-Disposition,
  std::string rsce;   //   Content-Encoding,
  std::string rscl;   //   Content-Language,
  std::string rsct;   //   Content-Type
  std::string sig;

  bool is_account() const { return !ss.empty() || !srt.empty(); }
  bool is_delegated() const { return !skoid.empty(); }
};

// What a service or delegation SAS opens. At most one of snapshot and version is given, with a
// blob.
struct SasResource {
  std::string_view container = {};
  std::string_view blob = {};  // empty: the container with all its blobs
  std::string_view snapshot = {};
  std::string_view version = {};
};

// The text that is signed, in the layout that the kind and fields.sv ask for. Service: 13 lines
// before 2018-11-09, 15 before 2020-12-06, 16 from then on. Delegation: 9 lines more from
// 2020-02-10 on, without them is no such version here. Account: its lines end with one that is
// empty, and have the scope from 2020-12-06 on. The blob is looked at when sr is not "c".
std::string sas_string_to_sign(const SasFields& fields, std::string_view account,
                               const SasResource& resource);

struct SasOptions {
  std::string permissions = {};  // "racwdl" in any order; written in the order that Azure demands
  Timestamp expiry;              // whole seconds; a fraction is cut off
  std::optional<Timestamp> start = {};
  std::string version = "2021-12-02";
  std::string addresses = {};  // sip
  std::string protocols = {};  // spr
  // si: a stored access policy. Beside it only what the policy leaves open may stand: an expiry
  // that is given no value is left to it, as are permissions and start.
  std::string policy = {};
  std::string encryption_scope = {};  // ses
  BlobHttpHeaders answer = {};        // rscc … rsct
};

// The key that Get User Delegation Key gave, as the service wrote it.
struct DelegationKey {
  std::string object_id, tenant_id;
  std::string start, expiry;  // ISO 8601
  std::string service, version;
  std::string key;  // raw bytes; a secret
};

// The query text of a signature, without '?', values percent-encoded.
std::string make_sas(const SharedKey& key, const SasResource& resource, const SasOptions& options);
// Requires: options.policy is empty, since delegation knows none.
std::string make_sas(const DelegationKey& key, std::string_view account,
                     const SasResource& resource, const SasOptions& options);

inline std::string make_container_sas(const SharedKey& key, std::string_view container,
                                      const SasOptions& options) {
  return make_sas(key, {.container = container}, options);
}
inline std::string make_blob_sas(const SharedKey& key, std::string_view container,
                                 std::string_view blob, const SasOptions& options) {
  return make_sas(key, {.container = container, .blob = blob}, options);
}

// An account SAS for blobs. `resource_types` is of "sco"; options.policy and .answer have no place
// in it.
std::string make_account_sas(const SharedKey& key, std::string_view resource_types,
                             const SasOptions& options, std::string_view services = "b");

// The SAS in a request's query; nothing when there is no `sig`.
// Errors: permission (AuthenticationFailed) for a field given twice, and for one without the fields
// that its kind must have.
Result<std::optional<SasFields>> parse_sas(const Query& query);

// Reads a time as signatures and stored access policies have it: a date, or a time to the minute,
// the second or up to seven digits of a second, in UTC or with an offset.
// Errors: invalid_argument with the text.
Result<Timestamp> parse_sas_time(std::string_view text);

// The permission letters that there are, in the order that Azure demands.
inline constexpr std::string_view sas_letters = "racwdxyltfmeopi";

// The letters in that order. Those that nobody knows stay, at the end: the service has to judge
// them.
std::string permissions_in_order(std::string letters);

// What a request with a SAS asks for.
struct SasUse {
  std::string_view container;  // empty for an operation on the account
  std::string_view blob;       // empty for an operation on the container
  Timestamp now;
  std::string_view scheme = "http";
  std::string_view client_address = {};         // empty: sip is not looked at
  std::span<const AccessPolicy> policies = {};  // those of the container
};

// Whether the signature is good for this container or blob, at this time, over this protocol; gives
// what it grants: its fields, with those of the stored access policy that it names. Says nothing
// about the permission: see permits. Delegation is refused: who has no tokens has given no such
// key. Errors: permission, with service_code AuthenticationFailed (signature, time, a version
// before 2015-04-05, an unknown policy, a field that both the signature and its policy have or
// neither), AuthorizationProtocolMismatch, AuthorizationSourceIPMismatch, and of an account SAS
// AuthorizationServiceMismatch or AuthorizationResourceTypeMismatch.
Result<SasFields> verify_sas(const SasFields& fields, const SharedKey& key, const SasUse& use);

// Whether the SAS grants one of `letters`.
bool permits(const SasFields& fields, std::string_view letters);

// permits as a Status. Errors: permission with service_code AuthorizationPermissionMismatch.
Status check_permission(const SasFields& fields, std::string_view letters);

}  // namespace dms::blob
