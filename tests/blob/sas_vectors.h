// Signatures that Microsoft's storage client for JavaScript makes. Written by
// tests/conformance/sas_vectors.mjs; not to be changed by hand.
#pragma once

#include <string_view>
#include <vector>

#include "blob/sas.h"

namespace dms::blob::vectors {

// clang-format off
inline constexpr std::string_view account_name = "devstoreaccount1";
inline constexpr std::string_view account_key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

inline Timestamp at(std::string_view text) { return Timestamp::parse(text).value(); }

inline DelegationKey delegation_key() {
  return {.object_id = "11111111-2222-3333-4444-555555555555", .tenant_id = "66666666-7777-8888-9999-aaaaaaaaaaaa",
          .start = "2029-12-30T00:00:00Z", .expiry = "2030-01-05T00:00:00Z",
          .service = "b", .version = "2021-12-02",
          .key = "a delegation key of thirty-two b"};
}

enum class Kind { service, delegation, account };

struct Vector {
  std::string_view name;
  Kind kind;
  SasResource resource;
  std::string_view resource_types;  // of an account SAS
  SasOptions options;
  std::string_view query;
};

inline std::vector<Vector> all() {
  return {
      {"a container", Kind::service, {.container = "cont1"}, "",
       {.permissions = "rwl", .expiry = at("2030-01-01T00:00:00Z")},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&sr=c&sp=rwl&sig=Dqb2paEMsU4r8fPIMmx%2FW%2BEd6348guHB6%2BpFI2HyucU%3D"},
      {"a container with everything", Kind::service, {.container = "cont1"}, "",
       {.permissions = "racwdl", .expiry = at("2030-01-01T00:00:00Z"), .start = at("2029-12-31T00:00:00Z"), .addresses = "10.0.0.1-10.0.0.9", .protocols = "https,http", .encryption_scope = "scope1", .answer = {.content_type = "text/csv", .content_encoding = "gzip", .content_language = "de", .content_disposition = "attachment; filename=\"a b.csv\"", .cache_control = "no-cache"}},
       "sv=2021-12-02&spr=https%2Chttp&st=2029-12-31T00%3A00%3A00Z&se=2030-01-01T00%3A00%3A00Z&sip=10.0.0.1-10.0.0.9&ses=scope1&sr=c&sp=racwdl&rscc=no-cache&rscd=attachment%3B%20filename%3D%22a%20b.csv%22&rsce=gzip&rscl=de&rsct=text%2Fcsv&sig=XIzkdB6froZwtqeSgAzg8ekzRS6X1OcHnouPUkp3Mv8%3D"},
      {"a blob", Kind::service, {.container = "cont1", .blob = "blk"}, "",
       {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z")},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&sr=b&sp=r&sig=0dcbkf1CaOSDlKkEkCom%2BBG4B7fzK%2BClD%2F5VCpfxqqo%3D"},
      {"a blob with everything", Kind::service, {.container = "cont1", .blob = "dir/ü a+b%.txt"}, "",
       {.permissions = "racwd", .expiry = at("2030-01-01T00:00:00Z"), .start = at("2029-12-31T00:00:00Z"), .addresses = "10.0.0.1-10.0.0.9", .protocols = "https,http", .encryption_scope = "scope1", .answer = {.content_type = "text/csv", .content_encoding = "gzip", .content_language = "de", .content_disposition = "attachment; filename=\"a b.csv\"", .cache_control = "no-cache"}},
       "sv=2021-12-02&spr=https%2Chttp&st=2029-12-31T00%3A00%3A00Z&se=2030-01-01T00%3A00%3A00Z&sip=10.0.0.1-10.0.0.9&ses=scope1&sr=b&sp=racwd&rscc=no-cache&rscd=attachment%3B%20filename%3D%22a%20b.csv%22&rsce=gzip&rscl=de&rsct=text%2Fcsv&sig=cvXZ7kCxmwnb6wRC3BDvj10q6%2BKNZAbqgQKpYAwyp%2BU%3D"},
      {"a snapshot", Kind::service, {.container = "cont1", .blob = "blk", .snapshot = "2029-01-02T03:04:05.1234567Z"}, "",
       {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z")},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&sr=bs&sp=r&sig=XLyVDELbpdJ7xY4VQ4FDjQ11jxs%2Fu6DE%2FxHeBqdNXKY%3D"},
      {"a version of a blob", Kind::service, {.container = "cont1", .blob = "blk", .version = "2029-01-02T03:04:05.7654321Z"}, "",
       {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z")},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&sr=bv&sp=r&sig=HZAB6rTKx8ADDIDvbX%2BUAVsorKonOLwoDbug5Rspusc%3D"},
      {"one address", Kind::service, {.container = "cont1", .blob = "blk"}, "",
       {.permissions = "cw", .expiry = at("2030-01-01T00:00:00Z"), .addresses = "10.0.0.1"},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&sip=10.0.0.1&sr=b&sp=cw&sig=nlIa43D9Z6W1PN99qk97ByQqJc0w%2FmQQYFWWcPygpDQ%3D"},
      {"a stored policy", Kind::service, {.container = "cont1"}, "",
       {.policy = "readers"},
       "sv=2021-12-02&si=readers&sr=c&sig=wH7MsWxSdzXQVj7ctAC2tlr08WFIVkY52YOG%2BntM1NI%3D"},
      {"a stored policy, its expiry and permissions here", Kind::service, {.container = "cont1", .blob = "dir/ü a+b%.txt"}, "",
       {.permissions = "rw", .expiry = at("2030-01-01T00:00:00Z"), .start = at("2029-12-31T00:00:00Z"), .policy = "ü & <b>"},
       "sv=2021-12-02&st=2029-12-31T00%3A00%3A00Z&se=2030-01-01T00%3A00%3A00Z&si=%C3%BC%20%26%20%3Cb%3E&sr=b&sp=rw&sig=RgnA9xizODy%2F4f7z2dMaVuQVO7YJesmQkXQEC4byvOs%3D"},
      {"a stored policy in a layout before resources", Kind::service, {.container = "cont1", .blob = "blk"}, "",
       {.version = "2018-03-28", .policy = "readers"},
       "sv=2018-03-28&si=readers&sr=b&sig=LZRx3WnQkzRg9I3pxmaI9ADQGeiFDh6Uwe55WdW%2FaSQ%3D"},
      {"a layout before scopes", Kind::service, {.container = "cont1", .blob = "blk"}, "",
       {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z"), .version = "2020-08-04", .answer = {.content_type = "text/csv"}},
       "sv=2020-08-04&se=2030-01-01T00%3A00%3A00Z&sr=b&sp=r&rsct=text%2Fcsv&sig=KGHih2gm%2FdAJAPanxnYuJMDQyE1bPLvCuf22fFWbUi0%3D"},
      {"a layout before resources", Kind::service, {.container = "cont1", .blob = "blk"}, "",
       {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z"), .version = "2018-03-28", .answer = {.content_type = "text/csv"}},
       "sv=2018-03-28&se=2030-01-01T00%3A00%3A00Z&sr=b&sp=r&rsct=text%2Fcsv&sig=M%2Feitl%2BUXKGUSrhModWbZnjnCOY8kmYip2y0%2FRsZsls%3D"},
      {"delegated: a container", Kind::delegation, {.container = "cont1"}, "",
       {.permissions = "rwl", .expiry = at("2030-01-01T00:00:00Z")},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=66666666-7777-8888-9999-aaaaaaaaaaaa&skt=2029-12-30T00%3A00%3A00Z&ske=2030-01-05T00%3A00%3A00Z&sks=b&skv=2021-12-02&sr=c&sp=rwl&sig=Akzl24IkQGOkVL2EWQ476kLZDs8jHkvTm1Z%2BtXVjDK4%3D"},
      {"delegated: a container with everything", Kind::delegation, {.container = "cont1"}, "",
       {.permissions = "racwdl", .expiry = at("2030-01-01T00:00:00Z"), .start = at("2029-12-31T00:00:00Z"), .addresses = "10.0.0.1-10.0.0.9", .protocols = "https,http", .encryption_scope = "scope1", .answer = {.content_type = "text/csv", .content_encoding = "gzip", .content_language = "de", .content_disposition = "attachment; filename=\"a b.csv\"", .cache_control = "no-cache"}},
       "sv=2021-12-02&spr=https%2Chttp&st=2029-12-31T00%3A00%3A00Z&se=2030-01-01T00%3A00%3A00Z&sip=10.0.0.1-10.0.0.9&ses=scope1&skoid=11111111-2222-3333-4444-555555555555&sktid=66666666-7777-8888-9999-aaaaaaaaaaaa&skt=2029-12-30T00%3A00%3A00Z&ske=2030-01-05T00%3A00%3A00Z&sks=b&skv=2021-12-02&sr=c&sp=racwdl&rscc=no-cache&rscd=attachment%3B%20filename%3D%22a%20b.csv%22&rsce=gzip&rscl=de&rsct=text%2Fcsv&sig=w%2FMdzDFtSvsaXMheOxsP%2BrS7N4x6KY%2FJ5mC2380wjhY%3D"},
      {"delegated: a blob", Kind::delegation, {.container = "cont1", .blob = "blk"}, "",
       {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z")},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=66666666-7777-8888-9999-aaaaaaaaaaaa&skt=2029-12-30T00%3A00%3A00Z&ske=2030-01-05T00%3A00%3A00Z&sks=b&skv=2021-12-02&sr=b&sp=r&sig=dLBkm50r%2FWPU1b3SCkv9wDnne4jBFDu1cWgz2PaKphE%3D"},
      {"delegated: a blob with everything", Kind::delegation, {.container = "cont1", .blob = "dir/ü a+b%.txt"}, "",
       {.permissions = "racwd", .expiry = at("2030-01-01T00:00:00Z"), .start = at("2029-12-31T00:00:00Z"), .addresses = "10.0.0.1-10.0.0.9", .protocols = "https,http", .encryption_scope = "scope1", .answer = {.content_type = "text/csv", .content_encoding = "gzip", .content_language = "de", .content_disposition = "attachment; filename=\"a b.csv\"", .cache_control = "no-cache"}},
       "sv=2021-12-02&spr=https%2Chttp&st=2029-12-31T00%3A00%3A00Z&se=2030-01-01T00%3A00%3A00Z&sip=10.0.0.1-10.0.0.9&ses=scope1&skoid=11111111-2222-3333-4444-555555555555&sktid=66666666-7777-8888-9999-aaaaaaaaaaaa&skt=2029-12-30T00%3A00%3A00Z&ske=2030-01-05T00%3A00%3A00Z&sks=b&skv=2021-12-02&sr=b&sp=racwd&rscc=no-cache&rscd=attachment%3B%20filename%3D%22a%20b.csv%22&rsce=gzip&rscl=de&rsct=text%2Fcsv&sig=KgyRIYcrOwry1Wvx%2BqA6nqsfT%2BCjtoLxy2CPD5HJhbo%3D"},
      {"delegated: a snapshot", Kind::delegation, {.container = "cont1", .blob = "blk", .snapshot = "2029-01-02T03:04:05.1234567Z"}, "",
       {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z")},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=66666666-7777-8888-9999-aaaaaaaaaaaa&skt=2029-12-30T00%3A00%3A00Z&ske=2030-01-05T00%3A00%3A00Z&sks=b&skv=2021-12-02&sr=bs&sp=r&sig=LWGi78QKQZqt4WydNiiBeoIQtUnw%2FxK27R3n%2FHkTu0c%3D"},
      {"delegated: a version of a blob", Kind::delegation, {.container = "cont1", .blob = "blk", .version = "2029-01-02T03:04:05.7654321Z"}, "",
       {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z")},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&skoid=11111111-2222-3333-4444-555555555555&sktid=66666666-7777-8888-9999-aaaaaaaaaaaa&skt=2029-12-30T00%3A00%3A00Z&ske=2030-01-05T00%3A00%3A00Z&sks=b&skv=2021-12-02&sr=bv&sp=r&sig=20ae2L6ZaYpGc6ERCXx37%2FQj%2FyOJdvscxmox%2FpHuyZs%3D"},
      {"delegated: one address", Kind::delegation, {.container = "cont1", .blob = "blk"}, "",
       {.permissions = "cw", .expiry = at("2030-01-01T00:00:00Z"), .addresses = "10.0.0.1"},
       "sv=2021-12-02&se=2030-01-01T00%3A00%3A00Z&sip=10.0.0.1&skoid=11111111-2222-3333-4444-555555555555&sktid=66666666-7777-8888-9999-aaaaaaaaaaaa&skt=2029-12-30T00%3A00%3A00Z&ske=2030-01-05T00%3A00%3A00Z&sks=b&skv=2021-12-02&sr=b&sp=cw&sig=VfJIqo66wpGnIJSJRvFOiyJ3DKeQehi8eooPj4zZsys%3D"},
      {"the account", Kind::account, {}, "sco",
       {.permissions = "rwdlac", .expiry = at("2030-01-01T00:00:00Z")},
       "sv=2021-12-02&ss=b&srt=sco&se=2030-01-01T00%3A00%3A00Z&sp=rwdlac&sig=ZLaJezJkcugVs63%2BahxsX%2F5r9XQ%2FrAoLCgRMXn4jSrM%3D"},
      {"the account with everything", Kind::account, {}, "co",
       {.permissions = "rl", .expiry = at("2030-01-01T00:00:00Z"), .start = at("2029-12-31T00:00:00Z"), .addresses = "10.0.0.1-10.0.0.9", .protocols = "https,http", .encryption_scope = "scope1"},
       "sv=2021-12-02&ss=b&srt=co&spr=https%2Chttp&st=2029-12-31T00%3A00%3A00Z&se=2030-01-01T00%3A00%3A00Z&sip=10.0.0.1-10.0.0.9&ses=scope1&sp=rl&sig=xFB%2FwdnhqX1UfCZmTpGwIKvd4hPBrZXwVUAvpO3V5No%3D"},
      {"the account before scopes", Kind::account, {}, "o",
       {.permissions = "r", .expiry = at("2030-01-01T00:00:00Z"), .version = "2020-08-04"},
       "sv=2020-08-04&ss=b&srt=o&se=2030-01-01T00%3A00%3A00Z&sp=r&sig=mLug9d8VY7O6X0rdnEoPFZfg6gaWXOLY6%2B9jEoY%2BRpA%3D"},
  };
}
// clang-format on

}  // namespace dms::blob::vectors
