// The few XML documents with which S3 answers, read strictly: what is not well formed or lacks a promised
// element is kCorrupt, so that an answer cut short or replaced by a proxy's page is never half believed.
//
//   FRUITS_TRY(S3Page page, ParseListing(body));
//
// Threads: any. Memory: what the document says; elements deeper than 16 are refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "io/s3/client.h"

namespace fruits::io {

// A document's tags and texts, one after the other. Attributes are checked and dropped, comments and
// declarations skipped; a DOCTYPE is refused.
class XmlReader {
 public:
  enum class Event { kOpen, kClose, kText, kEnd };
  explicit XmlReader(std::string_view document) : rest_(document) {}
  Result<Event> Next();
  const std::string& name() const { return name_; }  // of kOpen and kClose
  const std::string& text() const { return text_; }  // of kText, entities resolved

 private:
  Result<Event> ReadTag();
  Result<Event> ReadEmptyOrOpen(std::string_view inside);
  Result<Event> ReadText();
  Status Skip(std::string_view end, const char* what);
  Status CheckAttributes(std::string_view text) const;
  Status Corrupt(std::string_view what) const;

  std::string_view rest_;
  std::string open_{};  // the names of open elements, each with a '>' behind
  int depth_ = 0;
  bool had_root_ = false;
  bool close_next_ = false;  // after <a/>
  std::string name_{};
  std::string text_{};
};

struct S3ErrorDocument {
  std::string code;
  std::string message;
  std::string region;  // where the bucket or the signature should be
};
// None: not such a document.
std::optional<S3ErrorDocument> ParseError(std::string_view document);

// ListBucketResult of ListObjectsV2. Keys are decoded when EncodingType says url; entries and prefixes are
// sorted.
Result<S3Page> ParseListing(std::string_view document);

// ListMultipartUploadsResult; keys are decoded when EncodingType says url.
Result<S3UploadPage> ParseUploads(std::string_view document);

// The text of the root's child `name`, for InitiateMultipartUploadResult and CompleteMultipartUploadResult.
Result<std::string> ParseChild(std::string_view document, std::string_view root, std::string_view name);

// Nanoseconds since 1970 of "2009-10-12T17:50:30.000Z", in whole seconds: the other calls' Last-Modified has
// no more.
std::optional<std::int64_t> ParseIsoTime(std::string_view text);

}  // namespace fruits::io
