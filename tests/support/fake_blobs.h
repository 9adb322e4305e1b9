// A container in memory as a Transport, for tests of transfers: blobs, blocks, ranges, conditions,
// and trouble on demand. What real services do besides is for the conformance suite.
//
// Thread-safe. The container is "cont1" of the account "acct".
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "blob/xml.h"
#include "core/crypto.h"
#include "core/http.h"

namespace dms {

class FakeBlobs final : public Transport {
 public:
  struct Blob {
    std::string content;
    std::string etag;
    std::string md5;  // Base64; empty: none is named
    Headers metadata;
    std::vector<std::pair<std::string, std::string>> blocks;  // id and content
  };
  // Looked at before each request. Gives what goes wrong; nothing for a request that is to succeed.
  using Trouble = std::function<std::optional<Result<Response>>(const Request&, int number)>;

  static constexpr const char* endpoint = "http://127.0.0.1:10000/acct";

  std::map<std::string, Blob> blobs;
  std::map<std::string, std::map<std::string, std::string>> staged;
  Trouble trouble;
  // Called when the request was carried out, before its answer leaves.
  std::function<void(const Request&)> done;
  std::size_t piece_bytes = 64 * 1024;  // in which a body arrives

  bool has_container = true;
  std::uint64_t sent_bytes = 0;      // bodies that came here
  std::uint64_t received_bytes = 0;  // bodies that went from here to a sink
  std::vector<std::string> log;      // "GET name range"

  void put(const std::string& name, std::string content) {
    Blob& blob = blobs[name];
    blob.md5 = base64_encode(md5_raw(content));
    blob.content = std::move(content);
    blob.etag = "e" + std::to_string(++etags_);
  }
  int count(const std::string& what) const {
    return static_cast<int>(std::count_if(
        log.begin(), log.end(), [&](const auto& line) { return line.starts_with(what); }));
  }

  Result<Response> send(const Request& request, std::stop_token stop = {}) override {
    if (stop.stop_requested()) return fail(Code::cancelled, "the request was cancelled");
    std::string body = request.body;
    if (request.source) DMS_CHECK(read_all(*request.source, body));
    std::unique_lock lock(mutex_);
    if (trouble)
      if (auto wrong = trouble(request, ++requests_)) return *std::move(wrong);
    sent_bytes += body.size();
    Response response = respond(request, body);
    if (done) done(request);
    if (!request.sink || response.status > 299) return response;
    received_bytes += response.body.size();
    lock.unlock();
    return deliver(request, std::move(response));
  }

 private:
  struct Call {
    const Request& request;
    std::string name;
    std::map<std::string, std::string> query = {};
  };

  static Response refused(int status, const std::string& code) {
    return {.status = status, .headers = {{"x-ms-error-code", code}}};
  }

  Response respond(const Request& request, const std::string& body) {
    std::string_view rest = request.url.path;
    rest.remove_prefix(std::string_view("/acct/cont1").size());
    Call call{.request = request, .name = percent_decode(rest.substr(rest.empty() ? 0 : 1))};
    for (auto& [key, value] : parse_query(request.url.query)) call.query[key] = value;
    const std::string comp = call.query["comp"];
    log.push_back(request.method + " " + call.name + " " + comp +
                  std::string(request.headers.get("x-ms-range")));
    if (call.name.empty() && request.method == "PUT") {
      has_container = true;
      return {.status = 201};
    }
    if (!has_container) return refused(404, "ContainerNotFound");
    if (call.name.empty()) return list(call);
    if (request.method == "PUT") return change(call, body);
    if (comp == "blocklist") return block_list(call.name);
    const auto found = blobs.find(call.name);
    if (found == blobs.end()) return refused(404, "BlobNotFound");
    if (request.method != "DELETE") return read(request, found->second);
    blobs.erase(found);
    return {.status = 202};
  }

  Response change(Call& call, const std::string& body) {
    const Headers& headers = call.request.headers;
    if (const auto md5 = headers.find("Content-MD5"); md5 && *md5 != base64_encode(md5_raw(body)))
      return refused(400, "Md5Mismatch");
    if (call.query["comp"] == "block") return put_block(call.name, call.query["blockid"], body);
    if (const auto source = headers.find("x-ms-copy-source")) return copy(call.name, *source);
    return write(call.name, call.query["comp"], call.request, body);
  }

  Response copy(const std::string& name, std::string_view source) {
    const Url url = Url::parse(source).value();
    const auto found = blobs.find(percent_decode(url.path.substr(std::strlen("/acct/cont1/"))));
    if (found == blobs.end()) return refused(404, "CannotVerifyCopySource");
    Blob& blob = blobs[name];
    blob = found->second;
    blob.etag = "e" + std::to_string(++etags_);
    Response response{.status = 202, .headers = stamp(blob)};
    response.headers.set("x-ms-copy-status", "success");
    return response;
  }

  Response list(Call& call) {
    blob::BlobList page{.prefix = call.query["prefix"], .delimiter = call.query["delimiter"]};
    for (const auto& [name, blob] : blobs) {
      if (!name.starts_with(page.prefix)) continue;
      const auto end =
          page.delimiter.empty() ? name.npos : name.find(page.delimiter, page.prefix.size());
      if (end != name.npos) {
        const auto folder = name.substr(0, end + 1);
        if (page.prefixes.empty() || page.prefixes.back() != folder)
          page.prefixes.push_back(folder);
        continue;
      }
      blob::BlobItem item{.name = name};
      item.properties.etag = blob.etag;
      item.properties.content_length = blob.content.size();
      item.properties.http.content_md5 = blob.md5;
      for (const auto& [header, value] : blob.metadata)
        item.metadata.emplace(header.substr(std::strlen("x-ms-meta-")), value);
      page.blobs.push_back(std::move(item));
    }
    return {.status = 200, .body = blob::write_blob_list(page)};
  }

  Response put_block(const std::string& name, const std::string& id, const std::string& body) {
    staged[name][id] = body;
    return {.status = 201};
  }

  Response block_list(const std::string& name) {
    blob::BlockList list;
    if (!blobs.contains(name) && !staged.contains(name)) return refused(404, "BlobNotFound");
    if (blobs.contains(name))
      for (const auto& [id, content] : blobs[name].blocks)
        list.committed.push_back({id, content.size()});
    for (const auto& [id, content] : staged[name]) list.uncommitted.push_back({id, content.size()});
    return {.status = 200, .body = blob::write_block_list(list)};
  }

  Response write(const std::string& name, const std::string& comp, const Request& request,
                 const std::string& body) {
    if (request.headers.get("If-None-Match") == "*" && blobs.contains(name))
      return refused(409, "BlobAlreadyExists");
    Blob blob;
    if (comp == "blocklist") {
      for (const auto& ref : blob::read_block_refs(body).value()) {
        const std::string* content = find_block(name, ref);
        if (!content) return refused(400, "InvalidBlockList");
        blob.content += *content;
        blob.blocks.emplace_back(ref.id, *content);
      }
      blob.md5 = request.headers.get("x-ms-blob-content-md5");
    } else {
      blob.content = body;
      blob.md5 = base64_encode(md5_raw(body));
    }
    staged.erase(name);
    blob.etag = "e" + std::to_string(++etags_);
    for (const auto& [header, value] : request.headers)
      if (header.starts_with("x-ms-meta-")) blob.metadata.set(header, value);
    blobs[name] = blob;
    return {.status = 201, .headers = stamp(blob)};
  }

  const std::string* find_block(const std::string& name, const blob::BlockRef& ref) {
    using blob::BlockSource;
    if (ref.source != BlockSource::committed)
      if (const auto it = staged[name].find(ref.id); it != staged[name].end()) return &it->second;
    if (ref.source != BlockSource::uncommitted)
      for (const auto& [other, content] : blobs[name].blocks)
        if (other == ref.id) return &content;
    return nullptr;
  }

  static Headers stamp(const Blob& blob) {
    return {{"ETag", "\"" + blob.etag + "\""}, {"Last-Modified", "Wed, 01 May 2024 11:00:00 GMT"}};
  }

  static Response read(const Request& request, const Blob& blob) {
    if (const auto tag = request.headers.find("If-Match"); tag && *tag != "\"" + blob.etag + "\"")
      return refused(412, "ConditionNotMet");
    Response response{.status = 200, .headers = stamp(blob)};
    std::size_t first = 0, length = blob.content.size();
    if (const auto range = request.headers.get("x-ms-range"); !range.empty()) {
      std::size_t last = 0;
      EXPECT_EQ(std::sscanf(std::string(range).c_str(), "bytes=%zu-%zu", &first, &last), 2);
      if (first >= length) return refused(416, "InvalidRange");
      last = std::min(last, length - 1);
      response.status = 206;
      response.headers.set("Content-Range", "bytes " + std::to_string(first) + "-" +
                                                std::to_string(last) + "/" +
                                                std::to_string(length));
      length = last - first + 1;
    }
    if (!blob.md5.empty())
      response.headers.set(response.status == 200 ? "Content-MD5" : "x-ms-blob-content-md5",
                           blob.md5);
    response.headers.set("Content-Length", std::to_string(length));
    for (const auto& [name, value] : blob.metadata) response.headers.set(name, value);
    if (request.method == "GET") response.body = blob.content.substr(first, length);
    return response;
  }

  Result<Response> deliver(const Request& request, Response response) const {
    DMS_CHECK(request.sink->begin(response.status, response.headers));
    for (std::size_t at = 0; at < response.body.size(); at += piece_bytes)
      DMS_CHECK(
          request.sink->write(std::span<const char>(response.body)
                                  .subspan(at, std::min(piece_bytes, response.body.size() - at))));
    response.body.clear();
    return response;
  }

  static Status read_all(BodySource& source, std::string& out) {
    std::vector<char> buffer(65536);
    while (true) {
      DMS_TRY(const std::size_t count, source.read(buffer));
      if (count == 0) return ok();
      out.append(buffer.data(), count);
    }
  }

  std::mutex mutex_;  // guards what follows and everything that is public
  int requests_ = 0;
  int etags_ = 0;
};

}  // namespace dms
