import pytest
import torch
import torch.nn.functional as F

from generator.errors import GeneratorError
from generator.networks import CircularUpsampling, DcganGenerator, Discriminator, SpatialGenerator, fold_norms


def test_circular_upsampling_commutes_with_rolling_its_input():
    layer = CircularUpsampling(3, 5, bias=True)
    features = torch.randn(1, 3, 6, 4)
    rolled = layer(torch.roll(features, (2, 1), dims=(2, 3)))
    torch.testing.assert_close(rolled, torch.roll(layer(features), (4, 2), dims=(2, 3)))


def test_with_zeros_around_it_does_not_so_the_wrap_matters():
    layer = CircularUpsampling(3, 5)
    features = torch.randn(1, 3, 6, 4)

    def with_zeros(features):
        return F.conv2d(F.interpolate(features, scale_factor=2), layer.conv.weight, padding=1)

    rolled = with_zeros(torch.roll(features, 2, dims=2))
    assert not torch.allclose(rolled, torch.roll(with_zeros(features), 4, dims=2), atol=1e-3)
    torch.testing.assert_close(with_zeros(features)[..., 2:-2, 2:-2], layer(features)[..., 2:-2, 2:-2])


def test_circular_upsampling_is_repeating_pixels_and_then_convolving():
    layer = CircularUpsampling(3, 5, bias=True)
    features = torch.randn(2, 3, 6, 4)
    repeated = F.pad(F.interpolate(features, scale_factor=2), (1, 1, 1, 1), mode="circular")
    torch.testing.assert_close(layer(features), layer.conv(repeated))


def test_a_plain_ground_shows_no_grid_of_cells():
    network = SpatialGenerator(local_channels=3, global_channels=2, features=4).eval()
    picture = network(torch.randn(1, 5, 1, 1).expand(-1, -1, 6, 6))
    assert picture.std(dim=(2, 3)).max() < 1e-5


@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (2, 7)])
def test_spatial_generator_turns_cells_into_eight_pixels_each(rows, columns):
    network = SpatialGenerator(local_channels=3, global_channels=2, features=4)
    picture = network(torch.randn(2, 5, rows, columns))
    assert picture.shape == (2, 3, 8 * rows, 8 * columns)
    assert picture.abs().max() <= 1


def test_a_print_of_inks_has_no_colour_that_they_do_not_mix_to():
    torch.manual_seed(1)
    network = SpatialGenerator(local_channels=3, global_channels=4, features=6, inks=2)
    latent = torch.cat([torch.randn(2, 3, 4, 4), torch.randn(2, 4, 1, 1).expand(-1, -1, 4, 4)], dim=1)
    one, other = network.palette(latent[:, 3:, 0, 0]).unbind(1)
    assert (one - other).abs().amax(1).min() > 0.1
    pixels = network(latent).flatten(2) - one[..., None]
    along = (pixels * (other - one)[..., None]).sum(1, keepdim=True) / ((other - one) ** 2).sum(1)[:, None, None]
    torch.testing.assert_close(pixels, along * (other - one)[..., None], atol=1e-5, rtol=0)
    assert 0 <= along.min() < along.max() <= 1


def test_spatial_generator_names_the_shape_it_expected():
    network = SpatialGenerator(local_channels=3, global_channels=2, features=4)
    with pytest.raises(GeneratorError, match=r"\(N, 5, H, W\), got \(1, 4, 4, 4\)"):
        network(torch.randn(1, 4, 4, 4))


def test_spatial_generator_with_waves_refuses_to_run_without_them():
    network = SpatialGenerator(local_channels=3, global_channels=2, wave_channels=4, features=4)
    with pytest.raises(GeneratorError, match="4 wave channels"):
        network(torch.randn(1, 5, 4, 4))


def test_dcgan_with_the_seed_projects_sizes_matches_the_paper():
    network = DcganGenerator(latent_channels=10, features=64)
    assert network(torch.randn(2, 10, 1, 1)).shape == (2, 3, 64, 64)
    # 10 x 512 x 16 + 512 x 256 x 16 + 256 x 128 x 16 + 128 x 64 x 16 + 64 x 3 x 16, and two per batch-norm channel
    convolutions = 10 * 512 * 16 + 512 * 256 * 16 + 256 * 128 * 16 + 128 * 64 * 16 + 64 * 3 * 16
    assert sum(p.numel() for p in network.parameters()) == convolutions + 2 * (512 + 256 + 128 + 64)


def test_discriminator_gives_one_logit_per_patch_and_refuses_other_sizes():
    network = Discriminator(features=4)
    assert network(torch.randn(3, 3, 64, 64)).shape == (3,)
    with pytest.raises(GeneratorError, match="64 x 64"):
        network(torch.randn(3, 3, 32, 32))


@pytest.mark.parametrize("architecture", ["spatial", "dcgan"])
def test_a_network_without_its_norms_draws_the_same(architecture):
    torch.manual_seed(0)
    spatial = architecture == "spatial"
    network = SpatialGenerator(local_channels=2, global_channels=2, features=6) if spatial else DcganGenerator()
    for name, buffer in network.named_buffers():
        if "running" in name:
            buffer.uniform_(0.1, 1.0)
    network.eval().requires_grad_(False)
    latent = torch.randn(2, 4, 3, 5) if spatial else torch.randn(2, 10, 1, 1)
    expected = network(latent)
    fold_norms(network)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    assert torch.allclose(network(latent), expected, atol=1e-5)
