// Convolutional networks. Structure and names follow torchvision, whose parameter counts are the
// published ones.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/network/onnx/zoo_blocks.h"

namespace partita {
namespace {

constexpr std::int64_t kClasses = 1000;  // of ImageNet

Flow image(Blocks& blocks, const ZooArguments& arguments) {
  const std::int64_t size = arguments.number("size");
  return blocks.input("image", {arguments.batch(), 3, size, size});
}

Flow conv_bn(Blocks& blocks, const std::string& conv, const std::string& norm, const Flow& x,
             ConvShape shape) {
  shape.bias = false;
  return blocks.batch_norm(norm, blocks.conv(conv, x, shape));
}

// He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016, table 1.
class ResNet {
 public:
  ResNet(Blocks& blocks, bool bottleneck) : blocks_(blocks), bottleneck_(bottleneck) {}

  Flow block(const std::string& name, const Flow& x, std::int64_t width, std::int64_t stride) {
    const std::int64_t channels = bottleneck_ ? 4 * width : width;
    const Flow inner = bottleneck_ ? narrow(name, x, width, stride) : plain(name, x, width, stride);
    Flow shortcut = x;
    if (stride != 1 || x.shape[1] != channels) {
      shortcut = conv_bn(blocks_, name + ".downsample.0", name + ".downsample.1", x,
                         {.channels = channels, .stride = stride});
    }
    return blocks_.relu(name + ".relu", blocks_.map("Add", name + ".add", {inner, shortcut}));
  }

 private:
  Flow plain(const std::string& name, const Flow& x, std::int64_t width, std::int64_t stride) {
    Flow y = conv_bn(blocks_, name + ".conv1", name + ".bn1", x,
                     {.channels = width, .kernel = 3, .stride = stride, .padding = 1});
    y = blocks_.relu(name + ".relu1", y);
    return conv_bn(blocks_, name + ".conv2", name + ".bn2", y,
                   {.channels = width, .kernel = 3, .padding = 1});
  }

  // The stride sits on the 3x3 convolution, as in torchvision ("v1.5").
  Flow narrow(const std::string& name, const Flow& x, std::int64_t width, std::int64_t stride) {
    Flow y = conv_bn(blocks_, name + ".conv1", name + ".bn1", x, {.channels = width});
    y = blocks_.relu(name + ".relu1", y);
    y = conv_bn(blocks_, name + ".conv2", name + ".bn2", y,
                {.channels = width, .kernel = 3, .stride = stride, .padding = 1});
    y = blocks_.relu(name + ".relu2", y);
    return conv_bn(blocks_, name + ".conv3", name + ".bn3", y, {.channels = 4 * width});
  }

  Blocks& blocks_;
  bool bottleneck_;
};

}  // namespace

void write_resnet(Blocks& blocks, const ZooArguments& arguments, int depth) {
  using Counts = std::array<int, 4>;
  const Counts counts = depth == 18    ? Counts{2, 2, 2, 2}
                        : depth == 101 ? Counts{3, 4, 23, 3}
                        : depth == 152 ? Counts{3, 8, 36, 3}
                                       : Counts{3, 4, 6, 3};
  ResNet resnet(blocks, /*bottleneck=*/depth >= 50);
  Flow x = conv_bn(blocks, "conv1", "bn1", image(blocks, arguments),
                   {.channels = 64, .kernel = 7, .stride = 2, .padding = 3});
  x = blocks.max_pool("maxpool", blocks.relu("relu", x), 3, 2, 1);
  std::int64_t width = 64;
  for (std::size_t stage = 0; stage < counts.size(); ++stage, width *= 2) {
    for (int i = 0; i < counts[stage]; ++i) {
      const std::int64_t stride = i == 0 && stage > 0 ? 2 : 1;
      x = resnet.block(fmt::format("layer{}.{}", stage + 1, i), x, width, stride);
    }
  }
  x = blocks.flatten("flatten", blocks.global_average_pool("avgpool", x));
  blocks.output(blocks.linear("fc", x, kClasses));
}

// Simonyan, Zisserman: Very Deep Convolutional Networks, ICLR 2015, table 1 (columns A, B, D, E).
void write_vgg(Blocks& blocks, const ZooArguments& arguments, int depth) {
  using Counts = std::array<int, 5>;
  const Counts counts = depth == 11   ? Counts{1, 1, 2, 2, 2}
                        : depth == 13 ? Counts{2, 2, 2, 2, 2}
                        : depth == 16 ? Counts{2, 2, 3, 3, 3}
                                      : Counts{2, 2, 4, 4, 4};
  Flow x = image(blocks, arguments);
  std::int64_t channels = 64;
  int at = 0;  // position in torchvision's list of features, which names the layers
  for (const int count : counts) {
    for (int i = 0; i < count; ++i, at += 2) {
      x = blocks.conv(fmt::format("features.{}", at), x,
                      {.channels = channels, .kernel = 3, .padding = 1});
      x = blocks.relu(fmt::format("features.{}", at + 1), x);
    }
    x = blocks.max_pool(fmt::format("features.{}", at++), x, 2, 2, 0);
    channels = std::min<std::int64_t>(512, 2 * channels);
  }
  x = blocks.flatten("flatten", x);
  x = blocks.relu("classifier.1", blocks.linear("classifier.0", x, 4096));
  x = blocks.relu("classifier.4", blocks.linear("classifier.3", x, 4096));
  blocks.output(blocks.linear("classifier.6", x, kClasses));
}

// Krizhevsky: One weird trick for parallelizing convolutional neural networks, 2014.
void write_alexnet(Blocks& blocks, const ZooArguments& arguments) {
  Flow x = image(blocks, arguments);
  const auto conv = [&](int at, const ConvShape& shape) {
    x = blocks.relu(fmt::format("features.{}", at + 1),
                    blocks.conv(fmt::format("features.{}", at), x, shape));
  };
  conv(0, {.channels = 64, .kernel = 11, .stride = 4, .padding = 2});
  x = blocks.max_pool("features.2", x, 3, 2, 0);
  conv(3, {.channels = 192, .kernel = 5, .padding = 2});
  x = blocks.max_pool("features.5", x, 3, 2, 0);
  conv(6, {.channels = 384, .kernel = 3, .padding = 1});
  conv(8, {.channels = 256, .kernel = 3, .padding = 1});
  conv(10, {.channels = 256, .kernel = 3, .padding = 1});
  x = blocks.max_pool("features.12", x, 3, 2, 0);
  x = blocks.flatten("flatten", x);
  x = blocks.relu("classifier.2", blocks.linear("classifier.1", x, 4096));
  x = blocks.relu("classifier.5", blocks.linear("classifier.4", x, 4096));
  blocks.output(blocks.linear("classifier.6", x, kClasses));
}

// Iandola and others: SqueezeNet, 2016, table 1; 1.1 is the authors' later version, with less work.
void write_squeezenet(Blocks& blocks, const ZooArguments& arguments) {
  const bool first = arguments.word("version") == "1.0";
  Flow x = image(blocks, arguments);
  int at = 0;
  const auto pool = [&] {
    x = blocks.max_pool(fmt::format("features.{}", at++), x, 3, 2, 0, /*round_up=*/true);
  };
  const auto fire = [&](std::int64_t squeezed, std::int64_t expanded) {
    const std::string name = fmt::format("features.{}", at++);
    const auto conv = [&](const std::string& part, const Flow& from, const ConvShape& shape) {
      return blocks.relu(name + "." + part + "_activation",
                         blocks.conv(name + "." + part, from, shape));
    };
    const Flow narrow = conv("squeeze", x, {.channels = squeezed});
    x = blocks.concat(
        name,
        {conv("expand1x1", narrow, {.channels = expanded}),
         conv("expand3x3", narrow, {.channels = expanded, .kernel = 3, .padding = 1})},
        1);
  };
  x = blocks.conv("features.0", x,
                  {.channels = first ? 96 : 64, .kernel = first ? 7 : 3, .stride = 2});
  x = blocks.relu("features.1", x);
  at = 2;
  pool();
  fire(16, 64);
  fire(16, 64);
  if (first) fire(32, 128);
  pool();
  if (!first) fire(32, 128);
  fire(32, 128);
  if (first) {
    fire(48, 192);
    fire(48, 192);
    fire(64, 256);
    pool();
    fire(64, 256);
  } else {
    pool();
    fire(48, 192);
    fire(48, 192);
    fire(64, 256);
    fire(64, 256);
  }
  x = blocks.relu("classifier.2", blocks.conv("classifier.1", x, {.channels = kClasses}));
  blocks.output(blocks.flatten("flatten", blocks.global_average_pool("classifier.3", x)));
}

// Sandler and others: MobileNetV2, CVPR 2018, table 2.
void write_mobilenet_v2(Blocks& blocks, const ZooArguments& arguments) {
  struct Stage {
    std::int64_t expansion, channels;
    int count;
    std::int64_t stride;
  };
  constexpr std::array<Stage, 7> kStages{{{1, 16, 1, 1},
                                          {6, 24, 2, 2},
                                          {6, 32, 3, 2},
                                          {6, 64, 4, 2},
                                          {6, 96, 3, 1},
                                          {6, 160, 3, 2},
                                          {6, 320, 1, 1}}};
  const auto relu6 = [&](const std::string& name, const Flow& x) {
    return Flow{blocks.writer().node("Clip", name,
                                     {x.name, blocks.writer().scalar(blocks.type(), 0),
                                      blocks.writer().scalar(blocks.type(), 6)}),
                x.shape};
  };
  const auto conv = [&](const std::string& name, const Flow& x, const ConvShape& shape) {
    return relu6(name + ".2", conv_bn(blocks, name + ".0", name + ".1", x, shape));
  };
  Flow x = conv("features.0", image(blocks, arguments),
                {.channels = 32, .kernel = 3, .stride = 2, .padding = 1});
  int at = 1;
  for (const Stage& stage : kStages) {
    for (int i = 0; i < stage.count; ++i, ++at) {
      const std::string name = fmt::format("features.{}.conv", at);
      const std::int64_t stride = i == 0 ? stage.stride : 1;
      const std::int64_t hidden = x.shape[1] * stage.expansion;
      Flow y = x;
      if (stage.expansion != 1) y = conv(name + ".expand", y, {.channels = hidden});
      y = conv(name + ".depthwise", y,
               {.channels = hidden, .kernel = 3, .stride = stride, .padding = 1, .group = hidden});
      y = conv_bn(blocks, name + ".project.0", name + ".project.1", y,
                  {.channels = stage.channels});
      const bool is_residual = stride == 1 && x.shape[1] == stage.channels;
      x = is_residual ? blocks.map("Add", name + ".add", {x, y}) : y;
    }
  }
  x = conv("features.18", x, {.channels = 1280});
  x = blocks.flatten("flatten", blocks.global_average_pool("avgpool", x));
  blocks.output(blocks.linear("classifier.1", x, kClasses));
}

// Szegedy and others: Going Deeper with Convolutions, CVPR 2015, table 1, as its authors published
// it: biases, local response normalisation, pooling that rounds up; without the two auxiliary
// classifiers of training.
void write_inception_v1(Blocks& blocks, const ZooArguments& arguments) {
  struct Module {
    const char* name;
    std::int64_t direct, reduce3, conv3, reduce5, conv5, pooled;
  };
  constexpr std::array<Module, 9> kModules{{{"3a", 64, 96, 128, 16, 32, 32},
                                            {"3b", 128, 128, 192, 32, 96, 64},
                                            {"4a", 192, 96, 208, 16, 48, 64},
                                            {"4b", 160, 112, 224, 24, 64, 64},
                                            {"4c", 128, 128, 256, 24, 64, 64},
                                            {"4d", 112, 144, 288, 32, 64, 64},
                                            {"4e", 256, 160, 320, 32, 128, 128},
                                            {"5a", 256, 160, 320, 32, 128, 128},
                                            {"5b", 384, 192, 384, 48, 128, 128}}};
  const auto conv = [&](const std::string& name, const Flow& x, const ConvShape& shape) {
    return blocks.relu(name + ".relu", blocks.conv(name, x, shape));
  };
  const auto pool = [&](const std::string& name, const Flow& x) {
    return blocks.max_pool(name, x, 3, 2, 0, /*round_up=*/true);
  };
  const auto lrn = [&](const std::string& name, const Flow& x) {
    return blocks.map(
        "LRN", name, {x},
        {{"size", std::int64_t{5}}, {"alpha", 0.0001}, {"beta", 0.75}, {"bias", 1.0}});
  };
  Flow x = conv("conv1", image(blocks, arguments),
                {.channels = 64, .kernel = 7, .stride = 2, .padding = 3});
  x = lrn("norm1", pool("pool1", x));
  x = conv("conv2.reduce", x, {.channels = 64});
  x = conv("conv2", x, {.channels = 192, .kernel = 3, .padding = 1});
  x = pool("pool2", lrn("norm2", x));
  for (const Module& module : kModules) {
    const std::string name = fmt::format("inception{}", module.name);
    const Flow direct = conv(name + ".1x1", x, {.channels = module.direct});
    const Flow three =
        conv(name + ".3x3", conv(name + ".3x3.reduce", x, {.channels = module.reduce3}),
             {.channels = module.conv3, .kernel = 3, .padding = 1});
    const Flow five =
        conv(name + ".5x5", conv(name + ".5x5.reduce", x, {.channels = module.reduce5}),
             {.channels = module.conv5, .kernel = 5, .padding = 2});
    const Flow pooled = conv(name + ".pool.project", blocks.max_pool(name + ".pool", x, 3, 1, 1),
                             {.channels = module.pooled});
    x = blocks.concat(name, {direct, three, five, pooled}, 1);
    if (name == "inception3b") x = pool("pool3", x);
    if (name == "inception4e") x = pool("pool4", x);
  }
  x = blocks.flatten("flatten", blocks.global_average_pool("pool5", x));
  x = blocks.linear("classifier", x, kClasses);
  blocks.output(blocks.map("Softmax", "prob", {x}, {{"axis", std::int64_t{1}}}));
}

// Ronneberger, Fischer, Brox: U-Net, MICCAI 2015, figure 1, with padded convolutions, so that the
// result is as large as the image, and batch normalisation, as in today's implementations.
void write_unet(Blocks& blocks, const ZooArguments& arguments) {
  const std::int64_t width = arguments.number("width");
  constexpr int kLevels = 4;
  const auto twice = [&](const std::string& name, Flow x, std::int64_t channels) {
    for (const char* step : {"1", "2"}) {
      x = conv_bn(blocks, name + ".conv" + step, name + ".bn" + step, x,
                  {.channels = channels, .kernel = 3, .padding = 1});
      x = blocks.relu(name + ".relu" + step, x);
    }
    return x;
  };
  const auto up = [&](const std::string& name, const Flow& x) {
    const std::int64_t channels = x.shape[1] / 2;
    const std::string kernel = blocks.weight(name + ".weight", {x.shape[1], channels, 2, 2}).name;
    const std::string bias = blocks.weight(name + ".bias", {channels}).name;
    return Flow{blocks.writer().node("ConvTranspose", name, {x.name, kernel, bias},
                                     {{"kernel_shape", std::vector<std::int64_t>{2, 2}},
                                      {"strides", std::vector<std::int64_t>{2, 2}}}),
                {x.shape[0], channels, 2 * x.shape[2], 2 * x.shape[3]}};
  };
  Flow x = twice("inc", image(blocks, arguments), width);
  std::vector<Flow> skipped;
  for (int level = 1; level <= kLevels; ++level) {
    skipped.push_back(x);
    const std::string name = fmt::format("down{}", level);
    x = twice(name, blocks.max_pool(name + ".pool", x, 2, 2, 0), width << level);
  }
  for (int level = 1; level <= kLevels; ++level) {
    const std::string name = fmt::format("up{}", level);
    const Flow wide = up(name + ".up", x);
    x = blocks.concat(name + ".concat", {skipped.back(), wide}, 1);
    skipped.pop_back();
    x = twice(name, x, wide.shape[1]);
  }
  blocks.output(blocks.conv("outc", x, {.channels = arguments.number("classes")}));
}

}  // namespace partita
