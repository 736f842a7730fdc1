// A small strict XML reader for tests: enough to prove that a picture is well formed and to look at its
// elements.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fruits::test {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;               // directly inside, entities resolved
  std::vector<std::size_t> path;  // indices of the elements around it
};

// Elements in document order; empty where the text is not well-formed XML (`why` says where).
class XmlReader {
 public:
  static std::optional<std::vector<XmlElement>> Parse(std::string_view text, std::string* why) {
    XmlReader reader(text);
    if (reader.Document()) return std::move(reader.elements_);
    *why = "byte " + std::to_string(reader.at_) + ": " + reader.why_;
    return std::nullopt;
  }

 private:
  explicit XmlReader(std::string_view text) : text_(text) {}

  bool Stop(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return false;
  }
  bool Starts(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  void SkipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  std::string Name() {
    const std::size_t from = at_;
    const auto ok = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == ':' || c == '-' || c == '_';
    };
    while (at_ < text_.size() && ok(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  // Up to `end`, which stays. Refuses what XML refuses.
  bool Chars(char end, std::string* out) {
    while (at_ < text_.size() && text_[at_] != end) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '<') return Stop("a bare <");
      if (c < 0x20 && c != '\n' && c != '\t' && c != '\r') return Stop("a control character");
      if (c == '&') {
        static const std::map<std::string, char, std::less<>> kEntities{
            {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
        const std::size_t semicolon = text_.find(';', at_);
        if (semicolon == std::string_view::npos) return Stop("a bare &");
        const auto entity = kEntities.find(text_.substr(at_, semicolon + 1 - at_));
        if (entity == kEntities.end()) return Stop("an unknown entity");
        *out += entity->second;
        at_ = semicolon + 1;
        continue;
      }
      const std::size_t length = Utf8Length();
      if (length == 0) return Stop("bytes that are not UTF-8");
      *out += text_.substr(at_, length);
      at_ += length;
    }
    return true;
  }

  std::size_t Utf8Length() const {
    const auto byte = [&](std::size_t k) {
      return at_ + k < text_.size() ? static_cast<unsigned char>(text_[at_ + k]) : 0U;
    };
    const unsigned lead = byte(0);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(k) & 0xC0U) != 0x80U) return 0;
    }
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    if (lead == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE) return 0;
    return length;
  }

  bool Attributes(XmlElement* element) {
    for (SkipSpace(); at_ < text_.size() && text_[at_] != '>' && text_[at_] != '/'; SkipSpace()) {
      const std::string name = Name();
      if (name.empty() || !Starts("=\"")) return Stop("a broken attribute in <" + element->name + ">");
      at_ += 2;
      std::string value;
      if (!Chars('"', &value)) return false;
      if (!element->attributes.emplace(name, value).second) return Stop("attribute " + name + " twice");
      ++at_;
    }
    return true;
  }

  bool Element(std::vector<std::size_t> path) {
    ++at_;
    XmlElement element;
    element.name = Name();
    element.path = path;
    if (element.name.empty() || !Attributes(&element)) return Stop("a broken tag");
    path.push_back(elements_.size());
    elements_.push_back(element);
    if (Starts("/>")) {
      at_ += 2;
      return true;
    }
    if (!Starts(">")) return Stop("a tag that does not end");
    ++at_;
    while (at_ < text_.size() && !Starts("</")) {
      if (text_[at_] == '<') {
        if (!Element(path)) return false;
      } else if (!Chars('<', &elements_[path.back()].text)) {
        return false;
      }
    }
    at_ += 2;
    if (Name() != element.name || !Starts(">")) return Stop("<" + element.name + "> is not closed");
    ++at_;
    return true;
  }

  bool Document() {
    if (!Starts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")) return Stop("no XML declaration");
    at_ = text_.find("?>") + 2;
    SkipSpace();
    if (!Starts("<") || !Element({})) return Stop("no root element");
    SkipSpace();
    return at_ == text_.size() || Stop("something after the root element");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string why_;
  std::vector<XmlElement> elements_;
};

}  // namespace fruits::test
