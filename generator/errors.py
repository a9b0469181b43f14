"""What can go wrong in the generator, each with a sentence that names the cause and the remedy."""


class GeneratorError(ValueError):
    """A request that the generator cannot serve, such as a size that is not a multiple of the latent cell."""


class WeightsError(GeneratorError):
    """A weights file that is missing, corrupt or made for another architecture. The file is left as it is."""
