// Service SAS: a signature in a URL's query that opens one container or one blob without the key.
// Both ends: what a client makes, and how a service judges it.
//
// Free functions without state, safe from any thread. The value of `sig` is a secret: it stands in
// no message. Source: "Create a service SAS", Storage REST reference.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/http.h"
#include "core/result.h"
#include "core/signing.h"
#include "core/time.h"

namespace dms::blob {

// The query fields of a service SAS under their own names, decoded. Empty: absent.
struct SasFields {
  std::string sv;    // version that fixes the layout of what is signed
  std::string st;    // start
  std::string se;    // expiry
  std::string sr;    // resource: c container, b blob
  std::string sp;    // permission letters; no order is required
  std::string sip;   // client address, or range "a-b"
  std::string spr;   // "https" or "https,http"; empty allows both
  std::string si;    // stored access policy
  std::string ses;   // encryption scope
  std::string rscc;  // answer headers: Cache-Control,
  std::string rscd;  //   Content-Disposition,
  std::string rsce;  //   Content-Encoding,
  std::string rscl;  //   Content-Language,
  std::string rsct;  //   Content-Type
  std::string sig;
};

// The text that is signed, in the layout that fields.sv asks for: 13 lines before 2018-11-09, 15
// before 2020-12-06, 16 from then on. `blob` is used when sr is not "c".
std::string sas_string_to_sign(const SasFields& fields, std::string_view account,
                               std::string_view container, std::string_view blob);

struct SasOptions {
  std::string permissions;  // "racwdl"
  Timestamp expiry;         // whole seconds; a fraction is cut off
  std::optional<Timestamp> start;
  std::string version = "2021-12-02";
};

// The query text of a signature, without '?', values percent-encoded.
std::string make_container_sas(const SharedKey& key, std::string_view container,
                               const SasOptions& options);
std::string make_blob_sas(const SharedKey& key, std::string_view container, std::string_view blob,
                          const SasOptions& options);

// The SAS in a request's query; nothing when there is no `sig`.
// Errors: permission (AuthenticationFailed) for a SAS of another kind (account, user delegation),
// for a field given twice, and for one without sv, sr, se or sp.
Result<std::optional<SasFields>> parse_sas(const Query& query);

// What a request with a SAS asks for.
struct SasUse {
  std::string_view container;
  std::string_view blob;  // empty for an operation on the container
  Timestamp now;
  std::string_view scheme = "http";
  std::string_view client_address;  // empty: sip is not looked at
};

// Whether the signature is good for this container or blob, at this time, over this protocol. Says
// nothing about the permission: see permits.
// Errors: permission, with service_code AuthenticationFailed (signature, time, a version before
// 2015-04-05, an unknown policy), AuthorizationProtocolMismatch or AuthorizationSourceIPMismatch.
Status verify_sas(const SasFields& fields, const SharedKey& key, const SasUse& use);

// Whether the SAS grants one of `letters`.
bool permits(const SasFields& fields, std::string_view letters);

// permits as a Status. Errors: permission with service_code AuthorizationPermissionMismatch.
Status check_permission(const SasFields& fields, std::string_view letters);

}  // namespace dms::blob
