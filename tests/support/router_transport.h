// A service's handler as a Transport: client and service meet in one process, without a socket.
//
// Does what the HTTP front does between the two: the plan for the body, pieces of an upload, files
// of an answer, no body for HEAD. Thread-safe when the handler is.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "core/http.h"
#include "service/answer_files.h"
#include "service/exchange.h"

namespace dms {

class RouterTransport final : public Transport {
 public:
  // Requires: the handler outlives this.
  explicit RouterTransport(service::Handler& handler) : handler_(handler) {}

  Result<Response> send(const Request& request, std::stop_token stop = {}) override {
    if (stop.stop_requested()) return fail(Code::cancelled, "the request was cancelled");
    Request head = request;
    head.body.clear();
    head.source = nullptr;
    head.sink = nullptr;
    std::string body = request.body;
    if (request.source) {
      DMS_CHECK(request.source->rewind());
      DMS_CHECK(read_all(*request.source, body));
    }
    if (!body.empty() || request.method == "POST" || request.method == "PUT")
      head.headers.set("Content-Length", std::to_string(body.size()));
    DMS_TRY(Response response, respond(head, exchange(head, body)));
    if (!request.sink || response.status > 299) return response;
    DMS_CHECK(request.sink->begin(response.status, response.headers));
    DMS_CHECK(request.sink->write(response.body));
    response.body.clear();
    return response;
  }

  std::size_t piece_bytes = 5;  // an upload is written in pieces of this size

 private:
  service::Answer exchange(Request& head, const std::string& body) {
    service::BodyPlan plan = handler_.plan(head);
    if (plan.refusal) return std::move(*plan.refusal);
    if (!plan.upload) {
      if (body.size() > plan.memory_limit) return handler_.too_large(head);
      head.body = body;
      return handler_.handle(head, nullptr);
    }
    for (std::size_t at = 0; at < body.size(); at += piece_bytes) {
      const std::size_t size = std::min(piece_bytes, body.size() - at);
      if (const auto written = plan.upload->write({body.data() + at, size}); !written)
        return handler_.upload_failed(head, written.error());
    }
    return handler_.handle(head, std::move(plan.upload));
  }

  static Result<Response> respond(const Request& head, service::Answer answer) {
    Response response{.status = answer.status, .headers = std::move(answer.headers)};
    response.headers.erase(":reason");
    std::uint64_t length = answer.head_length;
    if (head.method != "HEAD") {
      response.body = std::move(answer.body);
      DMS_TRY(auto files, service::AnswerFiles::open(answer.files));
      DMS_CHECK(read_all(files, response.body));
      length = response.body.size();
    }
    response.headers.set("Content-Length", std::to_string(length));
    return response;
  }

  template <class Source>
  static Status read_all(Source& source, std::string& out) {
    char buffer[4096];
    while (true) {
      DMS_TRY(const std::size_t count, source.read(buffer));
      if (count == 0) return ok();
      out.append(buffer, count);
    }
  }

  service::Handler& handler_;
};

}  // namespace dms
