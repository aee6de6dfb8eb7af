"""Invented names: two lists whose combinations name everyone at the sample school."""


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words("""
Aaliyah Abena Adaeze Adrian Aiko Aisha Alejandro Alina Amara Amir Ana Anders Anika Anouk Arjun Asha
Astrid Aurelio Ayumi Beatriz Benedikt Bijan Bronwen Callum Camila Caspian Chiara Chidi Cormac Daniyar
Daria Davit Deepika Delphine Desmond Dilnoza Ebba Efua Eirik Elena Elif Emeka Enzo Esra Ezekiel Farah
Fatou Felix Fiona Folasade Freya Gael Ganesh Giulia Greta Habib Hana Harun Hedda Hina Hugo Ibrahim Ilse
Imani Ines Isolde Ivo Jamila Jonas Joon Josefa Juno Kaito Kamala Keziah Khalid Kiran Laszlo Leila Linh
Lorcan Luca Mahalia Mairead Malik Marisol Mateo Mei Mira Moses Nadia Naoko Neil Ngozi Niamh Oksana Omar
Orla Paloma Parisa Pavel Petra Quentin Rafael Rania Renata Rhys Rosalind Ruth Sana Santiago Selin Sefa
Sigrid Simone Soraya Tariq Tamsin Thandiwe Tomas Uma Valentina Viktor Wanjiru Winona Xiomara Yara Yusuf
Zainab Zoë
""")

LAST = _words("""
Abara Achterberg Adeyinka Aguirre Akesson Alvarado Amponsah Anand Andersson Arslan Asante Aydin Balogun
Banerjee Barros Bauer Benavides Bergqvist Bhattarai Bianchini Boateng Bogdanov Brennan Calloway
Castellano Chaudhry Cheng Cisneros Cordeiro Crawley Dalgaard Danjuma Demirci Desai Diallo Dimitrov
Dlamini Duarte Echeverria Ekwueme Eriksen Estrada Fairbanks Farouk Fernandes Figueroa Fontaine Fujimoto
Gallagher Ghorbani Gonsalves Gruber Gunawardena Gupta Haddad Halvorsen Hashemi Hidalgo Holloway Hosseini
Huynh Ibarra Ikeda Iyer Jankowski Jovanovic Kamara Karimov Katz Kaya Kimathi Kowalczyk Krishnan
Kuznetsova Lachance Lambert Larsen Levitan Lindgren Lozano Mahmoud Makinde Mbeki Mendoza Mikkelsen Moreau
Müller Nakagawa Narayanan Nasser Ngata Nguyen Novak Núñez Obuya Odhiambo Oduya Okafor Olander Oyelaran
Palmeri Park Petrosyan Pham Quispe Rahimi Reyes Rosenthal Saavedra Salazar Sandoval Sharifi Sokolov Soto
Suleiman Takeda Tanaka Tesfaye Thornbury Tran Uchida Vasquez Venter Villanueva Wachira Waweru Yilmaz
Zamora
""")

ADVISORS = ["Dr Osei", "Dr Lindqvist", "Dr Marchetti", "Dr Raghunathan"]

PLAIN = str.maketrans("ëüúñ", "euun")
